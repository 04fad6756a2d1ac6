"""Callback endpoints at the desk: exact addresses, passwords that are set and never shown, two admins at once."""

from __future__ import annotations

from urllib.parse import quote

from tests.admin.test_api import ask
from tests.admin.test_authentication_types import EVIL, admin, revision_of
from tests.support.desk import Desk
from token_server.domain.operators import Role

HOME = "/callback-endpoints"
URI = "https://shop.example/told?a=1&b=%2F"
CHANGE = f"{HOME}/change?uri={quote(URI, safe='')}"
FORM = {"callback_uri": URI, "username": "portal", "password": "knock-knock-knock"}


async def test_an_endpoint_is_added_changed_and_removed_and_its_password_never_shown(desk: Desk) -> None:
    anna = await desk.at_home("anna", Role.ADMIN)
    await anna.get(HOME)
    assert (await anna.post(HOME, **FORM)).status == 303
    assert (await anna.post(HOME, **FORM)).status == 422
    assert "knock-knock-knock" not in anna.page
    await anna.get(CHANGE)
    assert 'value="portal"' in anna.page
    sent = {"callback_uri": URI, "username": EVIL, "revision": revision_of(anna)}
    assert (await anna.post(f"{HOME}/change", **sent)).status == 303
    await anna.get(HOME)
    assert "alert(1)" in anna.page
    assert "<script>alert" not in anna.page
    await anna.get(CHANGE.replace("change", "remove"))
    await anna.follow(await anna.post(f"{HOME}/remove", callback_uri=URI, revision="1"))
    assert "changed meanwhile" in anna.page
    await anna.follow(await anna.post(f"{HOME}/remove", callback_uri=URI, revision="2"))
    assert "shop.example/told" not in anna.page


async def test_the_second_of_two_admins_sees_both_versions_and_loses_nothing(desk: Desk) -> None:
    anna, bob = await desk.at_home("anna", Role.ADMIN), await desk.at_home("bob", Role.ADMIN)
    await anna.get(HOME)
    await anna.post(HOME, **FORM)
    for browser in (anna, bob):
        await browser.get(CHANGE)
    sent = {"callback_uri": URI, "revision": "1"}
    assert (await anna.post(f"{HOME}/change", **sent, username="annas")).status == 303
    assert (await bob.post(f"{HOME}/change", **sent, username="bobs")).status == 409
    assert ">annas<" in bob.page
    assert 'value="bobs"' in bob.page
    assert revision_of(bob) == "2"


async def test_the_api_makes_changes_and_removes_an_endpoint(desk: Desk) -> None:
    token = await admin(desk)
    path = f"{HOME}/{quote(URI, safe='')}"

    async def call(method: str, revision: int = 0, **json: str) -> int:
        how = {"headers": {"If-Match": f'"{revision}"'}} if revision else {}
        return (await ask(desk, token, method, path, json=json, **how))[0]

    assert (await ask(desk, token, "POST", HOME, json=FORM))[0] == 201
    assert (await ask(desk, token, "POST", HOME, json=FORM))[0] == 409
    assert (await ask(desk, token, "POST", HOME, json={**FORM, "callback_uri": "ftp://x"}))[0] == 400
    assert await call("PUT", username="other") == 428
    assert await call("PUT", 1, username="other") == 200
    assert await call("PUT", 1, username="third") == 412
    assert await call("DELETE", 1) == 412
    assert await call("DELETE", 2) == 204
    assert await call("GET") == 404
