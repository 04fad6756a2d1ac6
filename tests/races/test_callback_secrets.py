"""Many operators replace a secret, many servers start: a client has one newest secret, and nobody is refused."""

from __future__ import annotations

import asyncio

from tests.races.nodes import Node, OpenNodes
from tests.races.starting_line import SIXTEEN, at_once, winners
from tests.support.clock import FrozenClock, MovableClock
from tests.support.server import PORTAL_ID
from token_server.flows.callback_secrets import ShownSecret

NEWEST = "SELECT COUNT(*) AS n FROM callback_secrets WHERE client_id = :id AND retires_at IS NULL"
ALL = "SELECT COUNT(*) AS n FROM callback_secrets WHERE client_id = :id"
AUDITED = "SELECT COUNT(*) AS n FROM audit_events WHERE event = :event"


async def shown(node: Node) -> list[ShownSecret]:
    return await node.flows.callbacks.secrets.show(PORTAL_ID)


async def test_sixteen_rotations_leave_one_newest_secret_and_lose_none(nodes: list[Node]) -> None:
    [first] = await shown(nodes[0])
    rotated = await at_once(nodes[n % 2].flows.callbacks.secrets.rotate(PORTAL_ID, overlap_s=3600) for n in SIXTEEN)
    assert len(set(winners(rotated))) == 16
    assert await nodes[0].count(NEWEST, id=PORTAL_ID) == 1
    signing = await shown(nodes[1])
    assert {each.text for each in signing} == {first.text, *winners(rotated)}
    assert [each.retires_at is None for each in signing] == [True, *[False] * 16]
    assert await nodes[0].count(AUDITED, event="callback_secret_rotated") == 16


async def test_of_sixteen_rotations_without_overlap_one_secret_is_left(open_nodes: OpenNodes) -> None:
    clock = FrozenClock()
    nodes = await open_nodes(clock, clock)
    rotated = await at_once(nodes[n % 2].flows.callbacks.secrets.rotate(PORTAL_ID, overlap_s=0) for n in SIXTEEN)
    assert len(winners(rotated)) == 16
    [left] = await shown(nodes[0])
    assert left.text in winners(rotated)
    assert await nodes[0].count(ALL, id=PORTAL_ID) == 1


async def test_sixteen_starts_give_a_client_without_a_secret_one(nodes: list[Node]) -> None:
    await nodes[0].base.database.write(lambda unit: unit.run("DELETE FROM callback_secrets"))
    before = await nodes[0].count(AUDITED, event="callback_secret_made")
    assert await at_once(nodes[n % 2].flows.callbacks.secrets.ensure() for n in SIXTEEN) == [None] * 16
    clients = await nodes[0].count("SELECT COUNT(*) AS n FROM api_clients")
    assert await nodes[0].count("SELECT COUNT(*) AS n FROM callback_secrets") == clients
    assert await nodes[0].count(AUDITED, event="callback_secret_made") == before + clients


async def test_rotations_while_servers_start_leave_one_newest_secret(nodes: list[Node]) -> None:
    await nodes[0].base.database.write(lambda unit: unit.run("DELETE FROM callback_secrets"))
    secrets = [node.flows.callbacks.secrets for node in nodes]
    work = [secrets[n % 2].rotate(PORTAL_ID, overlap_s=60) if n % 3 else secrets[n % 2].ensure() for n in SIXTEEN]
    assert len(winners(await at_once(work))) == 16
    assert await nodes[0].count(NEWEST, id=PORTAL_ID) == 1


async def test_whoever_looks_while_secrets_are_replaced_always_finds_one_that_signs(open_nodes: OpenNodes) -> None:
    clock = MovableClock()
    nodes = await open_nodes(clock, clock)

    async def look() -> int:
        found = 0
        for _ in range(20):
            nodes[1].base.configuration.forget()
            snapshot = await nodes[1].base.configuration.snapshot()
            found += bool([each for each in snapshot.callback_secrets[PORTAL_ID] if each.signs(clock.now_ms())])
        return found

    async def rotate() -> None:
        for _ in range(10):
            await nodes[0].flows.callbacks.secrets.rotate(PORTAL_ID, overlap_s=0)

    found, _ = await asyncio.gather(look(), rotate())
    assert found == 20
