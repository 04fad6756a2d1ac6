"""Portals that sign, over sockets: in forms, for tokens, and nowhere else; and a whole login by one of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fuzz.documented import check_documented
from tests.journeys.phones import PhoneOf
from tests.journeys.wire_phone import Reply
from tests.portal_api.asking import AUTHENTICATION, DEVICE_API, RESULT, START, ask, start_form, told
from tests.support.openapi import PORTAL
from tests.support.phone import answer_with
from tests.support.server import PORTAL_ID, PORTAL_SECRET, World
from tests.support.signing_portal import CLIENT_ID, form_of, key_of, signing_client
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.api_clients import ManageApiClients

TOKEN = ("POST", "/token")
GRANT = {"grant_type": "client_credentials"}
on_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


class SigningPortal:
    """A portal whose client has a key and no secret that anybody knows."""

    def __init__(self, world: World) -> None:
        self.world = world

    def credentials(self, **changed: Any) -> dict[str, str]:
        """Return the parameters of a form that log in once."""
        clock = self.world.clock
        return form_of(key_of("EdDSA").assertion(self.world.url, clock.now_ms(), **changed))

    async def ask(self, method: str, path: str, **how: Any) -> Reply:
        """Send a request without any header that logs in."""
        return await ask(self.world, method, path, credentials=None, **how)

    async def start(self, **form: str) -> Reply:
        """Start a transaction, signed."""
        return await self.ask(*START, data={**start_form(self.world), **self.credentials(), **form})

    async def bearer(self) -> dict[str, str]:
        """Return the header that a fresh token makes."""
        reply = await self.ask(*TOKEN, data={**GRANT, **self.credentials()})
        assert check_documented(PORTAL, "issueToken", reply) == 200
        return {"Authorization": f"Bearer {reply.json['access_token']}"}


@pytest.fixture
async def portal(world: World) -> SigningPortal:
    """The portal, known to the server."""
    base = world.base
    clients = ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
    await clients.create(TERMINAL, signing_client(key_of("EdDSA")))
    return SigningPortal(world)


async def test_a_portal_that_signs_starts_a_login_and_learns_who_it_was(
    world: World, portal: SigningPortal, phone_of: PhoneOf
) -> None:
    phone = await phone_of(world)
    started = (await portal.start()).json
    answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(started["otp"])
    path = f"/authenticate/transaction/{started['transaction_id']}"
    result = await portal.ask("GET", path, headers=await portal.bearer())
    assert (result.json["is_authenticated"], result.json["user_id"]) == (True, "alice")
    assert told(await ask(world, "GET", path)) == (404, "not_found", 3004)  # another portal's
    events = await world.base.database.read.all("SELECT actor FROM audit_events WHERE event = 'transaction_started'")
    assert [each["actor"] for each in events] == [f"portal:{CLIENT_ID}"]


@on_sqlite
async def test_an_assertion_logs_in_by_the_form_once(world: World, portal: SigningPortal) -> None:
    form = {**start_form(world), **portal.credentials()}
    first, again = [await portal.ask(*START, data=form) for _ in range(2)]
    assert (first.status, told(again)) == (200, (401, "invalid_client", None))
    unknown = await ask(world, *START, credentials=("nobody", "wrong"), data=start_form(world))
    assert (again.body, again.headers["WWW-Authenticate"]) == (unknown.body, unknown.headers["WWW-Authenticate"])
    code = await portal.ask("POST", "/users/alice/registration-codes", data=portal.credentials())
    view = await portal.ask(
        "POST", f"/authenticate/transaction/{first.json['transaction_id']}/view", data=portal.credentials()
    )
    assert (code.status, view.status) == (201, 201)


@on_sqlite
async def test_one_request_logs_in_one_way(world: World, portal: SigningPortal) -> None:
    secret = {"client_id": PORTAL_ID, "client_secret": PORTAL_SECRET}
    for more in (secret, {"client_id": "shop"}, {"client_assertion_type": "urn:other"}, {"client_assertion_type": ""}):
        assert told(await portal.start(**more)) == (401, "invalid_client", None), more
    assert (await portal.start(client_id=CLIENT_ID)).status == 200
    beside = await ask(world, *START, data={**start_form(world), **portal.credentials()})
    bearer = await portal.ask(*START, data={**start_form(world), **portal.credentials()}, headers=await portal.bearer())
    assert (told(beside), told(bearer)) == ((401, "invalid_client", None),) * 2


@on_sqlite
async def test_a_query_never_carries_credentials(world: World, portal: SigningPortal) -> None:
    token = (await portal.bearer())["Authorization"].removeprefix("Bearer ")
    queries: list[dict[str, str]] = [
        portal.credentials(),
        {"access_token": token},
        {"client_id": PORTAL_ID, "client_secret": PORTAL_SECRET},
    ]
    for query in queries:
        for method, path in (RESULT, START, *DEVICE_API):
            assert (await portal.ask(method, path, params=query)).status == 401
    refused = await portal.ask(*TOKEN, params={**GRANT, **portal.credentials()})
    assert told(refused) == (401, "invalid_client", None)
    assert (await portal.ask(*TOKEN, data={**GRANT, **queries[0]})).status == 200  # none of that used it up


@on_sqlite
async def test_a_token_opens_every_door_that_the_client_may_pass(world: World, portal: SigningPortal) -> None:
    headers = await portal.bearer()
    bearer = headers["Authorization"]
    changed = bearer[:-10] + ("A" if bearer[-10] != "A" else "B") + bearer[-9:]
    for method, path in (*AUTHENTICATION, *DEVICE_API):
        assert (await portal.ask(method, path, headers=headers)).status not in {401, 403}, path
        wrong = await portal.ask(method, path, headers={"Authorization": changed})
        assert wrong.status == 401
        assert wrong.headers["WWW-Authenticate"] == 'Bearer realm="portal API", error="invalid_token"'
    world.clock.move(300)
    assert told(await portal.ask(*RESULT, headers=headers)) == (401, "invalid_client", None)


@on_sqlite
async def test_the_token_endpoint_refuses_what_it_does_not_know(world: World, portal: SigningPortal) -> None:
    other = await portal.ask(*TOKEN, data={"grant_type": "password", **portal.credentials()})
    assert told(other) == (400, "unsupported_grant_type", None)
    missing = await portal.ask(*TOKEN, data=portal.credentials())
    assert told(missing) == (400, "invalid_request", 1003)
    secret = await ask(world, *TOKEN, data=GRANT)
    form = await portal.ask(*TOKEN, data={**GRANT, "client_id": PORTAL_ID, "client_secret": PORTAL_SECRET})
    replayed = {**GRANT, **portal.credentials(jti="again")}
    replies = [await portal.ask(*TOKEN, data=replayed) for _ in range(2)]
    for each in (secret, form, replies[1]):
        assert told(each) == (401, "invalid_client", None)
    for each in (other, missing, secret, form, *replies):
        check_documented(PORTAL, "issueToken", each)
    assert (await portal.ask(*TOKEN, json={**GRANT})).status == 400
