"""One signed assertion, shown sixteen times at once at two nodes: it lets its portal in once."""

from __future__ import annotations

import pytest

from tests.races.nodes import ISSUER, Node
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners
from tests.support.signing_portal import CLIENT_ID, key_of, signing_client
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.api_clients import ManageApiClients

USED = "SELECT COUNT(*) AS n FROM used_assertions"
KEY = key_of("EdDSA")


@pytest.fixture
async def portals(nodes: list[Node]) -> list[Node]:
    """Two nodes that know a client who signs."""
    base = nodes[0].base
    clients = ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
    await clients.create(TERMINAL, signing_client(KEY))
    for node in nodes:
        node.base.configuration.forget()
    return nodes


async def test_of_sixteen_uses_of_one_assertion_one_passes(portals: list[Node]) -> None:
    assertion = KEY.assertion(ISSUER, portals[0].base.clock.now_ms())
    doors = [portals[each % 2].flows.signing_portals.assertions for each in SIXTEEN]
    outcomes = await at_once(door.portal(assertion, address="192.0.2.1") for door in doors)
    assert [each.client.client_id for each in winners(outcomes)] == [CLIENT_ID]
    assert refusals(outcomes) == {"NotAuthenticated": 15}
    assert await portals[1].count(USED) == 1


async def test_sixteen_assertions_are_sixteen(portals: list[Node]) -> None:
    now = portals[0].base.clock.now_ms()
    doors = [portals[each % 2].flows.signing_portals.assertions for each in SIXTEEN]
    outcomes = await at_once(door.portal(KEY.assertion(ISSUER, now), address="192.0.2.1") for door in doors)
    assert len(winners(outcomes)) == len(SIXTEEN)
    assert await portals[1].count(USED) == len(SIXTEEN)
