"""The sweeper forgets what nobody needs any more: batch by batch, until nothing is left of it."""

from __future__ import annotations

from dataclasses import replace

from tests.journeys.patience import eventually
from tests.portal_api.asking import RESULT, START, ask, start_form
from tests.support.clock import MovableClock
from tests.support.server import NO_HASTE, PORTAL_ID, OpenWorld, World
from tests.support.signing_portal import key_of, signing_client
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.api_clients import ManageApiClients

TABLES = ("registration_codes", "idempotency_keys", "rate_limits", "used_assertions")
DAY_S = 24 * 3600


async def left(world: World) -> dict[str, int]:
    """How many rows each table holds."""
    rows = [await world.base.database.read.first(f"SELECT COUNT(*) AS n FROM {table}") for table in TABLES]  # noqa: S608
    return {table: int(row["n"]) for table, row in zip(TABLES, rows, strict=True) if row is not None}


async def test_a_running_server_forgets_what_is_old_and_keeps_what_is_not(open_world: OpenWorld) -> None:
    clock = MovableClock()
    limits = replace(NO_HASTE, failed_credentials=1)
    one = await open_world(clock=clock, limits=limits)

    base = one.base
    desk = ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
    await desk.create(TERMINAL, signing_client(key_of("EdDSA")))

    async def leave_traces(key: str) -> None:
        await one.registration_code()
        assert (await ask(one, *START, data=start_form(one), headers={"Idempotency-Key": key})).status == 200
        assert (await ask(one, *RESULT, credentials=(PORTAL_ID, "a guess"))).status == 401
        assertion = key_of("EdDSA").assertion(one.url, clock.now_ms())
        await one.server.flows.signing_portals.assertions.portal(assertion, address="192.0.2.1")

    await leave_traces("old")
    assert await left(one) == dict.fromkeys(TABLES, 1)
    clock.move(DAY_S + 3600)
    await leave_traces("new")
    assert await left(one) == {"registration_codes": 2, "idempotency_keys": 2, "rate_limits": 1, "used_assertions": 2}
    other = await open_world(clock=clock, limits=limits)  # a server sweeps as soon as it starts
    await eventually(lambda: _is(other, dict.fromkeys(TABLES, 1)))
    clock.move(DAY_S + 3600)
    await open_world(clock=clock, limits=limits)
    await eventually(lambda: _is(one, dict.fromkeys(TABLES, 0)))


async def _is(world: World, expected: dict[str, int]) -> bool:
    return await left(world) == expected
