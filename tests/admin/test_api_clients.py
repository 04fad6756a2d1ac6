"""API clients at the desk: secrets shown once, rotated with an overlap, and two admins at once."""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import ClientSession, encode_basic_auth

from tests.admin.test_api import ask
from tests.admin.test_authentication_types import EVIL, admin, revision_of
from tests.support.desk import Browser, Desk
from tests.support.signing_portal import PortalKey, form_of, jwks_of, key_of
from token_server.domain.operators import Role

HOME = "/api-clients"
NEW = "/new/api-client"
BODY = {
    "client_id": "news",
    "display_name": "Example News",
    "origin": "https://news.example",
    "valid_for": ["mobile_authentication"],
}
FORM: dict[str, str] = {
    **{name: str(BODY[name]) for name in ("client_id", "display_name", "origin")},
    "valid_for": "mobile_authentication",
    "authentication_method": "client_secret",
    "callback_uris": "https://news.example/callback",
    "origins": "https://a.example\r\nhttps://b.example",
}


def secret_on(browser: Browser) -> str:
    """The secret that the page shows."""
    found = re.search(r"<code data-copy>(.*?)</code>", browser.page)
    assert found is not None, browser.page
    return found[1]


async def is_let_in(desk: Desk, secret: str) -> bool:
    """Whether a portal with that secret may ask."""
    headers = {"Authorization": encode_basic_auth("news", secret)}
    async with (
        ClientSession(desk.world.url, headers=headers) as portal,
        portal.get("/oauth/api/v4/authenticate/transaction/unknown") as answer,
    ):
        return answer.status != 401


async def made(desk: Desk, name: str = "anna") -> tuple[Browser, str]:
    """A browser of an admin who has made a client, and its secret."""
    anna = await desk.at_home(name, Role.ADMIN)
    await anna.get(NEW)
    assert (await anna.post(NEW, **FORM)).status == 200
    return anna, secret_on(anna)


async def test_a_new_client_is_let_in_by_the_secret_that_is_shown_once(desk: Desk) -> None:
    anna, secret = await made(desk)
    assert await is_let_in(desk, secret)
    assert not await is_let_in(desk, secret + "x")
    for page in (HOME, f"{HOME}/news"):
        await anna.get(page)
        assert "Example News" in anna.page
        assert secret not in anna.page
    found = (await desk.flows.configured.clients.get("news")).value
    assert found.origins == {"https://a.example", "https://b.example"}
    assert found.callback_uris == {"https://news.example/callback"}


async def test_a_rotated_secret_leaves_the_old_one_good_for_the_overlap(desk: Desk) -> None:
    anna, first = await made(desk)
    await anna.get(f"{HOME}/news/secret")
    assert (await anna.post(f"{HOME}/news/secret", revision=revision_of(anna), overlap_s="3600")).status == 200
    second = secret_on(anna)
    assert await is_let_in(desk, first)
    assert await is_let_in(desk, second)
    desk.world.clock.move(3_601)
    assert not await is_let_in(desk, first)
    assert await is_let_in(desk, second)


async def test_a_secret_is_not_rotated_twice_by_two_who_read_the_same(desk: Desk) -> None:
    anna, _ = await made(desk)
    await anna.get(f"{HOME}/news/secret")
    read = revision_of(anna)
    assert (await anna.post(f"{HOME}/news/secret", revision=read, overlap_s="0")).status == 200
    second = secret_on(anna)
    await anna.get(f"{HOME}/news/secret")
    await anna.follow(await anna.post(f"{HOME}/news/secret", revision=read, overlap_s="0"))
    assert "changed meanwhile" in anna.page
    assert await is_let_in(desk, second)


async def test_callback_secrets_are_shown_and_rotated_and_the_trail_says_by_whom(desk: Desk) -> None:
    anna, _ = await made(desk)
    await anna.get(f"{HOME}/news")
    await anna.post(f"{HOME}/news/callback-secrets")
    first = secret_on(anna)
    assert first.startswith("whsec_")
    await anna.get(f"{HOME}/news/callback-secrets/rotate")
    await anna.post(f"{HOME}/news/callback-secrets/rotate", overlap_s="3600")
    second = secret_on(anna)
    assert second != first
    await anna.get(f"{HOME}/news")
    await anna.post(f"{HOME}/news/callback-secrets")
    assert first in anna.page
    assert second in anna.page
    assert (await anna.post(f"{HOME}/news/callback-secrets/rotate", overlap_s="604801")).status == 422
    rows = await desk.world.base.database.read.all(
        "SELECT DISTINCT actor FROM audit_events WHERE event IN ('callback_secret_shown', 'callback_secret_rotated')"
    )
    assert [row["actor"] for row in rows] == ["operator:anna"]


async def test_the_second_of_two_admins_sees_both_versions_and_loses_nothing(desk: Desk) -> None:
    anna, _ = await made(desk)
    bob = await desk.at_home("bob", Role.ADMIN)
    await anna.get(f"{HOME}/news")
    await bob.get(f"{HOME}/news")
    typed = {**FORM, "revision": revision_of(bob)}
    assert (await anna.post(f"{HOME}/news", **{**typed, "display_name": "Anna's News"})).status == 303
    bobs = {**typed, "display_name": "Bob's News"}
    assert (await bob.post(f"{HOME}/news", **bobs)).status == 409
    assert "Anna&#39;s News" in bob.page
    assert 'value="Bob&#39;s News"' in bob.page
    assert (await bob.post(f"{HOME}/news", **{**bobs, "revision": revision_of(bob)})).status == 303
    assert (await desk.flows.configured.clients.get("news")).value.display_name == "Bob's News"


async def test_a_disabled_client_is_refused_and_comes_back_with_its_secret(desk: Desk) -> None:
    anna, secret = await made(desk)
    for action, expected in (("disable", False), ("enable", True)):
        await anna.get(f"{HOME}/news/{action}")
        await anna.follow(await anna.post(f"{HOME}/news/{action}", revision=revision_of(anna)))
        assert f"news is {action}d." in anna.page
        desk.world.base.configuration.forget()
        desk.world.clock.move(5)
        assert await is_let_in(desk, secret) is expected


async def test_what_is_written_into_a_client_is_never_markup(desk: Desk) -> None:
    anna, _ = await made(desk)
    await anna.get(f"{HOME}/news")
    assert (await anna.post(f"{HOME}/news", **{**FORM, "display_name": EVIL}, revision=revision_of(anna))).status == 303
    for page in (HOME, f"{HOME}/news"):
        await anna.get(page)
        assert "alert(1)" in anna.page
        assert "<script>alert" not in anna.page
    for field in ("client_id", "origin", "origins", "valid_for", "authentication_method", "jwks", "callback_uris"):
        assert (await anna.post(NEW, **{**FORM, "client_id": "other", field: EVIL})).status == 422, field
        assert "<script>alert" not in anna.page, field


async def test_the_api_makes_changes_and_rotates_a_client(desk: Desk) -> None:
    token, path = await admin(desk), f"{HOME}/news"
    status, body, headers = await ask(desk, token, "POST", HOME, json=BODY)
    assert (status, headers["ETag"], headers["Location"]) == (201, '"1"', f"/api/v1{path}")
    assert await is_let_in(desk, body["client_secret"])
    _, shown, _ = await ask(desk, token, "GET", path)
    assert "client_secret" not in shown
    first = {"If-Match": '"1"'}
    _, body, headers = await ask(desk, token, "PATCH", path, json={"display_name": "News"}, headers=first)
    assert (body["display_name"], body["origin"], headers["ETag"]) == ("News", "https://news.example", '"2"')
    assert (await ask(desk, token, "PATCH", path, json={"display_name": "Old"}, headers=first))[0] == 412
    for method, more in (("PATCH", ""), ("POST", "/rotate-secret")):
        assert (await ask(desk, token, method, f"{path}{more}", json={"display_name": "Old"}))[0] == 428
    match = {"If-Match": '"2"'}
    for body in ({"overlap_s": 604_801}, {"overlap_s": -1}, {"overlap_s": True}, {}):
        assert (await ask(desk, token, "POST", f"{path}/rotate-secret", json=body, headers=match))[0] == 400, body
    _, body, _ = await ask(desk, token, "POST", f"{path}/rotate-secret", json={"overlap_s": 60}, headers=match)
    assert await is_let_in(desk, body["client_secret"])
    assert body["previous_secret_until"] is not None
    _, rotated, _ = await ask(desk, token, "POST", f"{path}/rotate-callback-secret", json={"overlap_s": 60})
    _, shown, _ = await ask(desk, token, "GET", f"{path}/callback-secrets")
    assert [each["retires_at"] is None for each in shown["callback_secrets"]] == [True, False]
    assert shown["callback_secrets"][0] == rotated


async def test_a_portal_that_signs_gets_no_secret_and_is_let_in_by_its_key(desk: Desk) -> None:
    anna = await desk.at_home("anna", Role.ADMIN)
    await anna.get(NEW)
    typed = {**FORM, "authentication_method": "private_key_jwt", "jwks": " "}
    assert (await anna.post(NEW, **typed)).status == 422
    assert "with private_key_jwt the portal needs at least one public key" in anna.page
    key = key_of("ES256")
    assert (await anna.post(NEW, **{**typed, "jwks": json.dumps({**key.public_jwk, "d": "AAAA"})})).status == 422
    assert "holds a private key" in anna.page
    await anna.follow(await anna.post(NEW, **{**typed, "jwks": jwks_of(key)}))
    assert "news is made. It logs in with its key." in anna.page
    assert key.public_jwk["x"] in anna.page
    assert "Rotate client secret" not in anna.page
    assert await signs_in(desk, key)
    assert not await signs_in(desk, key_of("EdDSA"))


async def test_the_api_takes_a_client_from_its_secret_to_its_key(desk: Desk) -> None:
    token, path, key = await admin(desk), f"{HOME}/news", key_of("EdDSA")
    _, body, _ = await ask(desk, token, "POST", HOME, json=BODY)
    assert (body["authentication_method"], body["jwks"]) == ("client_secret", None)
    jwks = json.loads(jwks_of(key))
    wrong: dict[str, Any]
    for wrong in (
        {"jwks": "text"},
        {"jwks": {"keys": []}},
        {"jwks": {"kty": "oct"}},
        {"authentication_method": "none"},
    ):
        assert (await ask(desk, token, "PATCH", path, json=wrong, headers={"If-Match": '"1"'}))[0] == 400, wrong
    change = {"authentication_method": "both", "jwks": jwks}
    _, body, _ = await ask(desk, token, "PATCH", path, json=change, headers={"If-Match": '"1"'})
    assert body["jwks"]["keys"][0]["x"] == key.public_jwk["x"]
    assert await signs_in(desk, key)
    change = {"authentication_method": "private_key_jwt"}
    _, body, _ = await ask(desk, token, "PATCH", path, json=change, headers={"If-Match": '"2"'})
    assert body["authentication_method"] == "private_key_jwt"
    rotated = await ask(
        desk, token, "POST", f"{path}/rotate-secret", json={"overlap_s": 0}, headers={"If-Match": '"3"'}
    )
    assert (rotated[0], rotated[1]["code"]) == (409, "conflict")
    assert (await ask(desk, token, "PATCH", path, json={"jwks": None}, headers={"If-Match": '"3"'}))[0] == 400
    made = await ask(desk, token, "POST", HOME, json={**BODY, **change, "client_id": "bank", "jwks": jwks})
    assert (made[0], "client_secret" in made[1]) == (201, False)


async def signs_in(desk: Desk, key: PortalKey) -> bool:
    """Whether the portal gets a token for what that key signs."""
    assertion = key.assertion(desk.world.url, desk.world.clock.now_ms(), "news")
    form = {"grant_type": "client_credentials", **form_of(assertion)}
    async with ClientSession() as portal, portal.post(f"{desk.world.url}/oauth/api/v4/token", data=form) as answer:
        return answer.status == 200
