"""Callback endpoints at the desk: exact addresses, passwords that are set and never shown, two admins at once."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from aiohttp import encode_basic_auth
from standardwebhooks import Webhook

from tests.admin.test_api import ask
from tests.admin.test_authentication_types import EVIL, admin, revision_of
from tests.journeys.patience import eventually
from tests.support.desk import Desk
from tests.support.server import PORTAL_ID
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.callback_endpoints import CallbackEndpoint
from token_server.domain.operators import TERMINAL, Role

HOME = "/callback-endpoints"
URI = "https://shop.example/told?a=1&b=%2F"
CHANGE = f"{HOME}/change?uri={quote(URI, safe='')}"
TESTED = "callback_tested"
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


async def heard_at(desk: Desk, path: str = "") -> str:
    """The path of the test page of an endpoint at the portal's ear, which is put on the list with credentials."""
    uri = f"{desk.world.callbacks.url}{path}"
    await desk.flows.configured.endpoints.create(TERMINAL, CallbackEndpoint(uri, "portal"), password="knock-knock")
    return f"{HOME}/test?uri={quote(uri, safe='')}"


async def test_a_test_call_shows_what_the_endpoint_answered_and_follows_nothing(desk: Desk) -> None:
    anna = await desk.at_home("anna", Role.ADMIN)
    page = await heard_at(desk, "/tested?a=1&b=2")
    await anna.get(page)
    for status, words in (
        (204, "The endpoint took the call."),
        (302, "Redirects are not followed."),
        (500, "not take"),
    ):
        desk.world.callbacks.status = status
        assert (await anna.post(page, client_id=PORTAL_ID)).status == 200
        assert f">{status}<" in anna.page
        assert words in anna.page
    assert [each.path for each in desk.world.callbacks.heard] == ["/callback/tested"] * 3
    heard = desk.world.callbacks.heard[0]
    assert heard.headers["Authorization"] == encode_basic_auth("portal", "knock-knock")
    secret = (await desk.flows.configured.callback_secrets.show(PORTAL_ID))[0].text
    assert Webhook(secret).verify(heard.raw, heard.headers)["callback_uri"].endswith("/tested?a=1&b=2")
    found = await desk.world.base.database.read.all("SELECT actor, detail FROM audit_events WHERE event = :e", e=TESTED)
    assert {row["actor"] for row in found} == {"operator:anna"}
    assert len(found) == 3
    assert f'"client_id":"{PORTAL_ID}"' in found[0]["detail"].replace(" ", "")


async def test_a_test_call_goes_nowhere_but_to_endpoints_and_only_where_callbacks_may_go(desk: Desk) -> None:
    anna, token = await desk.at_home("anna", Role.ADMIN), await desk.token("anna", Role.ADMIN)
    inside = "http://10.0.0.1/admin"
    await desk.flows.configured.endpoints.create(TERMINAL, CallbackEndpoint(inside))
    page = f"{HOME}/test?uri={quote(inside, safe='')}"
    await anna.get(page)
    await anna.post(page, client_id=PORTAL_ID)
    assert "address refused" in anna.page
    assert "callbacks.private_networks" in anna.page
    assert (await anna.post(page, client_id="nobody")).status == 422
    assert 'id="client_id-problem"' in anna.page
    elsewhere = quote(desk.world.callbacks.url + "/elsewhere", safe="")
    assert (await anna.post(f"{HOME}/test?uri={elsewhere}", client_id=PORTAL_ID)).status == 404
    assert (await ask(desk, token, "POST", f"{HOME}/{elsewhere}/test", json={"client_id": PORTAL_ID}))[0] == 404
    path = f"{HOME}/{quote(inside, safe='')}/test"
    status, body, _ = await ask(desk, token, "POST", path, json={"client_id": PORTAL_ID})
    assert (status, body["result"], body["delivered"]) == (200, "address refused", False)
    status, body, _ = await ask(desk, token, "POST", path, json={"client_id": "nobody"})
    assert (status, body["parameter"]) == (400, "client_id")
    assert desk.world.callbacks.heard == []


async def test_a_call_is_not_signed_for_a_client_that_is_called_elsewhere(desk: Desk) -> None:
    anna, page = await desk.at_home("anna", Role.ADMIN), await heard_at(desk, "/ours")
    elsewhere = frozenset({"https://other.example/told"})
    client = ApiClient("other", "Other", "https://other.example", frozenset(Right), callback_uris=elsewhere)
    await desk.flows.configured.clients.create(TERMINAL, client)
    await anna.get(page)
    assert f'value="{PORTAL_ID}"' in anna.page
    assert 'value="other"' not in anna.page
    assert (await anna.post(page, client_id="other")).status == 422
    assert desk.world.callbacks.heard == []


async def test_an_operator_has_one_test_call_at_a_time(desk: Desk) -> None:
    await desk.invite("anna", Role.ADMIN)
    token, page = await desk.token("anna", Role.ADMIN), await heard_at(desk, "/slow")
    path, body = f"{HOME}/{page.partition('uri=')[2]}/test", {"client_id": PORTAL_ID}
    desk.world.callbacks.delay_s = 1

    async def is_under_way() -> bool:
        return bool(desk.world.callbacks.heard)

    first = asyncio.create_task(ask(desk, token, "POST", path, json=body))
    await eventually(is_under_way)
    status, problem, _ = await ask(desk, token, "POST", path, json=body)
    assert (status, problem["code"]) == (429, "limited")
    assert (await first)[0] == 200
    assert (await ask(desk, token, "POST", path, json=body))[0] == 200
