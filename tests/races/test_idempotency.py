"""One Idempotency-Key, many starts at once: one transaction, and everybody hears of that one or comes back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.races.nodes import CALLBACK, PORTAL, Node
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.errors import IdempotencyKeyReused
from token_server.domain.start_requests import StartRequest
from token_server.flows.mobile_authentication.start import Started

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
TRANSACTIONS = "SELECT COUNT(*) AS n FROM transactions"
KEYS = "SELECT COUNT(*) AS n FROM idempotency_keys"
STARTED = "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'transaction_started'"
OTHER_PORTAL = ApiClient("rival", "Rival", "https://rival.example", frozenset(Right))


def start(node: Node, key: str = KEY, message: str = "Log in", client: ApiClient = PORTAL) -> Any:  # noqa: ANN401
    request = StartRequest(type="login", callback_uri=CALLBACK, message=message)
    return node.flows.start_once.start(client, request, key)


async def everything(node: Node) -> list[int]:
    return [await node.count(sql) for sql in (TRANSACTIONS, KEYS, STARTED)]


async def test_of_sixteen_starts_at_two_nodes_one_begins_and_all_hear_of_it(nodes: list[Node]) -> None:
    outcomes: list[Started | BaseException] = await at_once(start(nodes[each % 2]) for each in SIXTEEN)
    assert len({each.transaction_id for each in winners(outcomes)}) == 1
    assert len({each.otp for each in winners(outcomes)}) == 1
    assert len(winners(outcomes)) == 2  # one a node; the others came while it was under way
    assert refusals(outcomes) == {"RequestUnderWay": 14}
    assert await everything(nodes[0]) == [1, 1, 1]
    again = [await start(nodes[each % 2]) for each in SIXTEEN]
    assert set(again) == set(winners(outcomes))
    assert await everything(nodes[1]) == [1, 1, 1]


async def test_sixteen_keys_begin_sixteen_transactions_however_often_they_are_sent(nodes: list[Node]) -> None:
    race = [start(nodes[turn], f"key {each}") for turn in range(2) for each in SIXTEEN]
    outcomes = await at_once(race)
    assert refusals(outcomes) == {}
    assert len({each.transaction_id for each in winners(outcomes)}) == 16
    assert all(outcomes[each] == outcomes[each + 16] for each in SIXTEEN)
    assert await everything(nodes[0]) == [16, 16, 16]


async def test_of_two_requests_with_one_key_one_is_carried_out(nodes: list[Node]) -> None:
    outcomes = await at_once(start(nodes[each % 2], message=f"Message {each % 2}") for each in range(2))
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {"IdempotencyKeyReused": 1}
    assert await everything(nodes[0]) == [1, 1, 1]


async def test_portals_keys_are_their_own(nodes: list[Node]) -> None:
    clients = [PORTAL, OTHER_PORTAL]
    outcomes = await at_once(start(nodes[each % 2], client=clients[each // 2 % 2]) for each in range(4))
    assert refusals(outcomes) == {}
    assert len({each.transaction_id for each in winners(outcomes)}) == 2
    with pytest.raises(IdempotencyKeyReused):
        await start(nodes[0], message="Another", client=OTHER_PORTAL)
