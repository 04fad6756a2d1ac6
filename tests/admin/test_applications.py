"""Applications at the desk: pages and API, versions one by one, two admins at once, and what strangers would write."""

from __future__ import annotations

from urllib.parse import quote

from tests.admin.test_api import ask
from tests.admin.test_authentication_types import EVIL, admin, revision_of
from tests.support.desk import Browser, Desk
from tests.support.phone import APPLICATION
from token_server.domain.applications import Application, ApplicationVersion, Platform, VersionStatus
from token_server.domain.operators import Role

HOME = "/applications"
NEW = "/new/application"
ONE = f"{HOME}/bank-app"
LINK = "bankapp://login?otp="
FORM = {"identifier": "bank-app", "name": "Bank app", "deep_link": LINK}
VERSION = {"platform": "ios", "version": "1.0 (beta)/2", "status": "enabled"}
REFUSED: list[tuple[str, dict[str, object]]] = [
    ("identifier", {"identifier": "no spaces"}),
    ("name", {"name": ""}),
    ("deep_link", {"deep_link": "JAVASCRIPT:alert(1)"}),
    ("deep_link", {"deep_link": "data:text/html,x"}),
    ("versions", {"versions": [VERSION, VERSION]}),
    ("versions", {"versions": [{**VERSION, "status": "old"}]}),
    ("version", {"versions": [{**VERSION, "version": "a\u202eb"}]}),
    ("logo", {"logo": "x"}),
]
QUERY = f"platform=ios&version={quote(VERSION['version'], safe='')}"


async def at_an_application(desk: Desk, name: str = "anna") -> Browser:
    """A browser of an admin at the form of an application, which the first one makes."""
    browser = await desk.at_home(name, Role.ADMIN)
    await browser.get(HOME)
    if "bank-app" not in browser.page:
        await browser.get(NEW)
        assert (await browser.post(NEW, **FORM)).status == 303
    await browser.get(ONE)
    return browser


async def stored(desk: Desk) -> Application:
    """The application as it stands."""
    return (await desk.flows.configured.applications.get("bank-app")).value


async def may_register(desk: Desk, version: str) -> bool:
    """Whether a phone with that version of the app is let in."""
    body = {
        "application_identifier": "bank-app",
        "application_version": version,
        "application_platform": "ios",
        "device_name": "A phone",
    }
    async with desk.world.portal.post("/oauth/register", json=body) as answer:
        return answer.status == 201


async def test_what_is_typed_into_a_new_application_is_what_its_form_shows(desk: Desk) -> None:
    anna = await at_an_application(desk)
    assert await stored(desk) == Application("bank-app", "Bank app", (), LINK)
    assert f'value="{LINK}"' in anna.page
    assert "Every version may register." in anna.page
    assert await may_register(desk, "whatever")
    await anna.follow(await anna.post(ONE, name="Bank", deep_link=" ", revision=revision_of(anna)))
    assert "bank-app is changed." in anna.page
    assert await stored(desk) == Application("bank-app", "Bank", ())


async def test_versions_are_named_changed_and_forgotten(desk: Desk) -> None:
    anna, place = await at_an_application(desk), f"{ONE}/version"
    await anna.get(place)
    await anna.follow(await anna.post(place, **VERSION, revision=revision_of(anna)))
    assert f"Version {VERSION['version']} is saved." in anna.page
    assert await may_register(desk, VERSION["version"])
    assert not await may_register(desk, "whatever")
    await anna.get(f"{place}?{QUERY}")
    assert 'value="enabled" selected' in anna.page
    await anna.post(f"{place}?{QUERY}", status="registration_disabled", revision=revision_of(anna))
    await anna.get(ONE)
    assert "Login enabled, registration disabled" in anna.page
    assert not await may_register(desk, VERSION["version"])
    await anna.get(f"{place}/remove?{QUERY}")
    assert "every version may register from then on" in anna.page
    await anna.follow(await anna.post(f"{place}/remove?{QUERY}", revision=revision_of(anna)))
    assert (await stored(desk)).versions == ()
    for path in (f"{place}?{QUERY}", f"{place}/remove?{QUERY}", f"{place}?platform=wap&version=1", f"{HOME}/none"):
        assert (await anna.get(path)).status == 404, path


async def test_what_cannot_be_is_told_at_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    anna = await at_an_application(desk)
    for field, value in (
        ("identifier", "no spaces"),
        ("name", " "),
        ("deep_link", "no link"),
        ("identifier", "bank-app"),
    ):
        await anna.get(NEW)
        assert (await anna.post(NEW, **{**FORM, "name": "Kept", field: value})).status == 422, value
        assert f'id="{field}-problem"' in anna.page, field
        assert "Kept" in anna.page or field == "name"
    assert (await anna.post(ONE, name="Kept", deep_link="javascript:alert(1)", revision="1")).status == 422
    assert 'id="deep_link-problem"' in anna.page
    assert "Kept" in anna.page
    for field in ("version", "platform", "status"):
        assert (await anna.post(f"{ONE}/version", **{**VERSION, field: " "}, revision="1")).status == 422
        assert f'id="{field}-problem"' in anna.page, field


async def test_the_second_of_two_admins_sees_both_versions_and_loses_nothing(desk: Desk) -> None:
    anna, bob = await at_an_application(desk), await at_an_application(desk, "bob")
    read = revision_of(bob)
    assert (await anna.post(ONE, name="Annas", deep_link=LINK, revision=read)).status == 303
    assert (await bob.post(ONE, name="Bobs", deep_link=LINK, revision=read)).status == 409
    assert ">Annas<" in bob.page
    assert 'value="Bobs"' in bob.page
    assert (await bob.post(ONE, name="Bobs", deep_link=LINK, revision=revision_of(bob))).status == 303
    assert (await stored(desk)).name == "Bobs"


async def test_the_second_of_two_who_name_a_version_sees_both_lists(desk: Desk) -> None:
    anna, bob = await at_an_application(desk), await at_an_application(desk, "bob")
    for browser in (anna, bob):
        await browser.get(f"{ONE}/version")
    read = revision_of(bob)
    assert (await anna.post(f"{ONE}/version", **{**VERSION, "version": "1.0"}, revision=read)).status == 303
    assert (await bob.post(f"{ONE}/version", **{**VERSION, "version": "2.0"}, revision=read)).status == 409
    assert ">ios, 1.0, enabled<" in bob.page
    assert "ios, 2.0, enabled" in bob.page
    assert 'value="2.0"' in bob.page
    assert (await bob.post(f"{ONE}/version", **{**VERSION, "version": "2.0"}, revision=revision_of(bob))).status == 303
    assert [each.version for each in (await stored(desk)).versions] == ["1.0", "2.0"]
    old = f"{ONE}/version/remove?platform=ios&version=1.0"
    await anna.follow(await anna.post(old, revision=read))
    assert "changed meanwhile" in anna.page


async def test_an_application_is_disabled_and_enabled(desk: Desk) -> None:
    anna = await at_an_application(desk)
    for action, expected in (("disable", False), ("enable", True)):
        await anna.get(f"{ONE}/{action}")
        await anna.follow(await anna.post(f"{ONE}/{action}", revision=revision_of(anna)))
        assert f"bank-app is {action}d." in anna.page
        assert await may_register(desk, "1.0") is expected
    await anna.follow(await anna.post(f"{ONE}/disable", revision="1"))
    assert "changed meanwhile" in anna.page


async def test_what_is_written_into_an_application_is_never_markup(desk: Desk) -> None:
    anna = await at_an_application(desk)
    link = 'x:"><script>alert(1)</script>'
    assert (await anna.post(ONE, name=EVIL, deep_link=link, revision="1")).status == 303
    assert (await anna.post(f"{ONE}/version", **{**VERSION, "version": EVIL}, revision="2")).status == 303
    query = f"platform=ios&version={quote(EVIL)}"
    for page in (HOME, ONE, f"{ONE}/version?{query}", f"{ONE}/version/remove?{query}"):
        assert (await anna.get(page)).status == 200
        assert "alert(1)" in anna.page
        assert "<script>alert" not in anna.page
    assert (await anna.post(NEW, identifier=EVIL, name=EVIL, deep_link=EVIL)).status == 422
    assert "<script>alert" not in anna.page
    assert (await anna.post(f"{ONE}/version", platform=EVIL, version="", status=EVIL, revision="3")).status == 422
    assert "<script>alert" not in anna.page


async def test_an_auditor_sees_an_application_and_cannot_save_it(desk: Desk) -> None:
    await at_an_application(desk)
    otto = await desk.at_home("otto", Role.AUDITOR)
    assert (await otto.get(ONE)).status == 200
    assert '<fieldset class="plain" disabled>' in otto.page
    assert "New version" not in otto.page


async def test_the_api_makes_changes_disables_and_pages_applications(desk: Desk) -> None:
    token = await admin(desk)
    status, made, headers = await ask(desk, token, "POST", HOME, json={**FORM, "versions": [VERSION]})
    assert (status, headers["ETag"], headers["Location"]) == (201, '"1"', f"/api/v1{ONE}")
    assert made["versions"] == [VERSION]
    assert (await ask(desk, token, "POST", HOME, json=FORM))[0] == 409
    assert (await ask(desk, token, "GET", ONE))[1] == made
    first = {"If-Match": '"1"'}
    _, body, headers = await ask(desk, token, "PATCH", ONE, json={"deep_link": None}, headers=first)
    assert (body["deep_link"], body["name"], body["versions"], headers["ETag"]) == (None, "Bank app", [VERSION], '"2"')
    status, body, _ = await ask(desk, token, "PATCH", ONE, json={"name": "x"}, headers=first)
    assert (status, body["code"]) == (412, "changed_meanwhile")
    assert (await ask(desk, token, "PATCH", ONE, json={"name": "x"}))[0] == 428
    for revision, disabled in ((2, True), (3, False)):
        match = {"If-Match": f'"{revision}"'}
        _, body, _ = await ask(desk, token, "PATCH", ONE, json={"disabled": disabled}, headers=match)
        assert (body["disabled_at"] is not None) is disabled
    _, body, _ = await ask(desk, token, "GET", f"{HOME}?limit=1")
    assert [each["identifier"] for each in body["applications"]] == ["bank-app"]
    _, body, _ = await ask(desk, token, "GET", f"{HOME}?limit=1&cursor={body['next']}")
    assert [each["identifier"] for each in body["applications"]] == [APPLICATION]


async def test_the_api_names_and_forgets_versions_one_by_one(desk: Desk) -> None:
    token = await admin(desk)
    await ask(desk, token, "POST", HOME, json=FORM)
    path = f"{ONE}/versions/ios/{quote(VERSION['version'], safe='')}"
    status = {"status": "disabled"}
    _, body, headers = await ask(desk, token, "PUT", path, json=status, headers={"If-Match": '"1"'})
    assert (body["versions"], headers["ETag"]) == ([{**VERSION, **status}], '"2"')
    _, body, _ = await ask(desk, token, "PUT", path, json={"status": "enabled"}, headers={"If-Match": '"2"'})
    assert body["versions"] == [VERSION]
    assert (await ask(desk, token, "PUT", path, json=status))[0] == 428
    assert (await ask(desk, token, "PUT", path, json=status, headers={"If-Match": '"1"'}))[0] == 412
    assert (await ask(desk, token, "DELETE", path, headers={"If-Match": '"2"'}))[0] == 412
    assert (await ask(desk, token, "DELETE", path, headers={"If-Match": '"3"'}))[1]["versions"] == []
    assert (await ask(desk, token, "DELETE", path, headers={"If-Match": '"4"'}))[0] == 404
    assert (await ask(desk, token, "PUT", f"{ONE}/versions/wap/1", json=status, headers={"If-Match": '"4"'}))[0] == 404


async def test_the_api_reads_bodies_strictly_and_names_what_is_wrong(desk: Desk) -> None:
    token = await admin(desk)
    for parameter, members in REFUSED:
        status, body, _ = await ask(desk, token, "POST", HOME, json={**FORM, **members})
        assert (status, body["parameter"]) == (400, parameter), members


async def test_the_trail_tells_who_changed_a_version_and_what_it_was(desk: Desk) -> None:
    token = await admin(desk)
    await ask(desk, token, "POST", HOME, json=FORM)
    match = {"If-Match": '"1"'}
    await ask(desk, token, "PUT", f"{ONE}/versions/ios/1.0", json={"status": "enabled"}, headers=match)
    _, body, _ = await ask(desk, token, "GET", "/audit?event=application_changed")
    [entry] = body["entries"]
    assert entry["actor"] == "operator:anna"
    after = [{"platform": "ios", "version": "1.0", "status": "enabled"}]
    expected = {"before": {"versions": []}, "after": {"versions": after}, "identifier": "bank-app", "revision": 2}
    assert entry["detail"] == {**expected, "via": "api"}
    assert ApplicationVersion(Platform.IOS, "1.0", VersionStatus.ENABLED) in (await stored(desk)).versions
