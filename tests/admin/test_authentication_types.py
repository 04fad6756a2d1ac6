"""Authentication types at the desk: pages and API, two admins at once, and what strangers would write into them."""

from __future__ import annotations

import re

from tests.admin.test_api import ask
from tests.support.desk import Browser, Desk
from token_server.domain.operators import Role

HOME = "/authentication-types"
NEW = "/new/authentication-type"
BODY = {"name": "approve", "method": "OTP", "expires_in_s": 60}
FORM = {"name": "approve", "method": "OTP", "expires_in_s": "60", "rotation_s": "0", "accept_window_s": "5"}
EVIL = "<script>alert(1)</script>\"'>"


def revision_of(browser: Browser) -> str:
    """The revision that the form on the page carries."""
    found = re.search(r'name="revision" value="(\d+)"', browser.page)
    assert found is not None, browser.page
    return found[1]


async def at_a_type(desk: Desk, name: str = "anna") -> Browser:
    """A browser of an admin at the form of a type, which the first one makes."""
    browser = await desk.at_home(name, Role.ADMIN)
    await browser.get(HOME)
    if "approve" not in browser.page:
        await browser.get(NEW)
        assert (await browser.post(NEW, **FORM)).status == 303
    await browser.get(f"{HOME}/approve")
    return browser


async def test_what_is_typed_into_a_new_type_is_what_its_form_shows(desk: Desk) -> None:
    anna = await desk.at_home("anna", Role.ADMIN)
    await anna.get(NEW)
    for label in (
        "Name",
        "Authentication method",
        "Request expires in",
        "Rotation",
        "Accept window",
        "Number matching",
    ):
        assert label in anna.page
    more = {"number_matching": "on", "default_messages_language": "en", "default_messages_text": "Log in\r\nat [shop]"}
    answer = await anna.post(NEW, **{**FORM, **more})
    await anna.follow(answer)
    assert "approve is there" in anna.page
    found = (await desk.flows.configured.types.get("approve")).value
    assert (found.expires_in_s, found.number_matching) == (60, True)
    assert found.default_messages == {"en": "Log in\nat [shop]"}
    await anna.get(f"{HOME}/approve")
    assert "Log in\nat [shop]" in anna.page


async def test_what_cannot_be_is_told_at_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    anna = await at_a_type(desk)
    for field, value in (("expires_in_s", "9"), ("rotation_s", "31"), ("accept_window_s", "x"), ("method", "FAX")):
        sent = {
            **FORM,
            "revision": "1",
            "default_messages_language": "nl",
            "default_messages_text": "Kept",
            field: value,
        }
        answer = await anna.post(f"{HOME}/approve", **sent)
        assert answer.status == 422, field
        assert f'id="{field}-problem"' in anna.page
        assert "Kept" in anna.page
    await anna.post(f"{HOME}/approve", **FORM, revision="1", default_messages_text="No language")
    assert "needs a language code" in anna.page
    assert "No language" in anna.page


async def test_the_second_of_two_admins_sees_both_versions_and_loses_nothing(desk: Desk) -> None:
    anna, bob = await at_a_type(desk), await at_a_type(desk, "bob")
    typed = {**FORM, "revision": revision_of(bob)}
    assert (await anna.post(f"{HOME}/approve", **{**typed, "expires_in_s": "45"})).status == 303
    bobs = {**typed, "expires_in_s": "90", "default_messages_language": "en", "default_messages_text": "From Bob"}
    assert (await bob.post(f"{HOME}/approve", **bobs)).status == 409
    assert ">45<" in bob.page
    assert ">90<" in bob.page
    assert 'value="90"' in bob.page
    assert "From Bob" in bob.page
    assert (await desk.flows.configured.types.get("approve")).value.expires_in_s == 45
    assert (await bob.post(f"{HOME}/approve", **{**bobs, "revision": revision_of(bob)})).status == 303
    assert (await desk.flows.configured.types.get("approve")).value.expires_in_s == 90


async def test_the_second_of_two_admins_who_typed_the_same_is_told_so(desk: Desk) -> None:
    anna, bob = await at_a_type(desk), await at_a_type(desk, "bob")
    typed = {**FORM, "expires_in_s": "45", "revision": revision_of(bob)}
    assert [(await each.post(f"{HOME}/approve", **typed)).status for each in (anna, bob)] == [303, 409]
    assert "What is stored now is what you typed." in bob.page


async def test_a_mistake_does_not_hide_that_somebody_was_faster(desk: Desk) -> None:
    anna, bob = await at_a_type(desk), await at_a_type(desk, "bob")
    read = revision_of(bob)
    assert (await anna.post(f"{HOME}/approve", **{**FORM, "revision": read, "expires_in_s": "45"})).status == 303
    assert (await bob.post(f"{HOME}/approve", **{**FORM, "revision": read, "expires_in_s": "1"})).status == 422
    assert revision_of(bob) == read
    mended = {**FORM, "revision": revision_of(bob), "expires_in_s": "50"}
    assert (await bob.post(f"{HOME}/approve", **mended)).status == 409


async def test_a_type_is_disabled_enabled_and_renamed_and_the_page_says_who_used_it(desk: Desk) -> None:
    anna = await at_a_type(desk)
    for action in ("disable", "enable"):
        await anna.get(f"{HOME}/approve/{action}")
        await anna.follow(await anna.post(f"{HOME}/approve/{action}", revision=revision_of(anna)))
        assert f"approve is {action}d." in anna.page
    await anna.get(f"{HOME}/approve/disable")
    await anna.follow(await anna.post(f"{HOME}/approve/disable", revision="1"))
    assert "changed meanwhile" in anna.page
    await desk.world.start("approve", message="Log in")
    await anna.get(f"{HOME}/approve/rename")
    assert "<code>shop</code>" in anna.page
    await anna.follow(await anna.post(f"{HOME}/approve/rename", name="consent", revision=revision_of(anna)))
    assert "approve is called consent now. These API clients still ask for approve: shop." in anna.page


async def test_what_is_written_into_a_type_is_never_markup(desk: Desk) -> None:
    anna = await at_a_type(desk)
    more = {"default_messages_language": "en", "default_messages_text": EVIL}
    assert (await anna.post(f"{HOME}/approve", **FORM, revision=revision_of(anna), **more)).status == 303
    await anna.get(f"{HOME}/approve")
    assert "alert(1)" in anna.page
    assert "<script>alert" not in anna.page
    for field in ("name", "expires_in_s", "default_messages_language"):
        await anna.post(NEW, **{**FORM, "default_messages_text": EVIL, field: EVIL})
        assert "<script>alert" not in anna.page, field
        assert "&#34;&#39;&gt;" in anna.page, field


async def test_an_auditor_sees_a_type_and_cannot_save_it(desk: Desk) -> None:
    await at_a_type(desk)
    otto = await desk.at_home("otto", Role.AUDITOR)
    assert (await otto.get(f"{HOME}/approve")).status == 200
    assert '<fieldset class="plain" disabled>' in otto.page
    assert (await otto.post(f"{HOME}/approve", **FORM, revision="1")).status == 403


async def admin(desk: Desk) -> str:
    """A token of an admin."""
    await desk.invite("anna", Role.ADMIN)
    return await desk.token("anna", Role.ADMIN)


async def test_the_api_makes_changes_disables_and_renames_a_type(desk: Desk) -> None:
    token, path = await admin(desk), "/authentication-types/approve"
    status, made, headers = await ask(desk, token, "POST", HOME, json=BODY)
    assert (status, headers["ETag"], headers["Location"]) == (201, '"1"', f"/api/v1{path}")
    assert (await ask(desk, token, "POST", HOME, json=BODY))[0] == 409
    assert (await ask(desk, token, "GET", path))[1] == made
    first = {"If-Match": '"1"'}
    _, body, headers = await ask(desk, token, "PATCH", path, json={"expires_in_s": 45}, headers=first)
    assert (body["expires_in_s"], body["method"], headers["ETag"]) == (45, "OTP", '"2"')
    status, body, _ = await ask(desk, token, "PATCH", path, json={"rotation_s": 3}, headers=first)
    assert (status, body["code"]) == (412, "changed_meanwhile")
    assert (await ask(desk, token, "PATCH", path, json={"rotation_s": 3}))[0] == 428
    for revision, disabled in ((2, True), (3, False)):
        match = {"If-Match": f'"{revision}"'}
        _, body, _ = await ask(desk, token, "PATCH", path, json={"disabled": disabled}, headers=match)
        assert (body["disabled_at"] is not None) is disabled
    match = {"If-Match": '"4"'}
    status, body, _ = await ask(desk, token, "POST", f"{path}/rename", json={"name": "consent"}, headers=match)
    assert (status, body["name"], body["used_by"]) == (200, "consent", [])
    assert (await ask(desk, token, "GET", path))[0] == 404


async def test_the_api_reads_bodies_strictly_and_names_what_is_wrong(desk: Desk) -> None:
    token = await admin(desk)
    for change in ({"expires_in_s": 9}, {"expires_in_s": "60"}, {"rotation_s": 31}, {"method": "FAX"}, {"pin": 1}):
        status, body, _ = await ask(desk, token, "POST", HOME, json={**BODY, **change})
        assert (status, body["parameter"]) == (400, next(iter(change)))
    await ask(desk, token, "POST", HOME, json=BODY)
    for body in (
        {},
        {"disabled": True, "rotation_s": 1},
        {"name": "other"},
        {"disabled": None},
        {"expires_in_s": None},
    ):
        answer = await ask(desk, token, "PATCH", f"{HOME}/approve", json=body, headers={"If-Match": '"1"'})
        assert answer[0] == 400, body


async def test_types_come_in_pages(desk: Desk) -> None:
    token = await admin(desk)
    for number in range(4):
        await ask(desk, token, "POST", HOME, json={**BODY, "name": f"page-{number}"})
    found, query = [], "?limit=2"
    while query:
        _, body, _ = await ask(desk, token, "GET", f"{HOME}{query}")
        found += [each["name"] for each in body["authentication_types"]]
        query = f"?limit=2&cursor={body['next']}" if "next" in body else ""
    assert found == sorted(found)
    assert len([each for each in found if each.startswith("page-")]) == 4
