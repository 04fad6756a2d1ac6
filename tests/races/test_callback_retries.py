"""Portals ask for a callback once more while senders are at work: no attempt happens twice, and none is lost."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests.races.nodes import PORTAL, Node, OpenNodes
from tests.races.starting_line import SIXTEEN, at_once, winners
from tests.support.clock import FrozenClock
from token_server.domain.callbacks import DeliveryState

STATE = "SELECT COUNT(*) AS n FROM callbacks WHERE delivered_at IS NOT NULL"
RETRIED = "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'callback_retried'"


async def nodes_with_a_letter(open_nodes: OpenNodes) -> tuple[list[Node], FrozenClock, str]:
    """Two nodes, and a letter about a transaction that nobody answered."""
    clock = FrozenClock()
    nodes = await open_nodes(clock, clock)
    started = await nodes[0].start("quick")
    clock.move(10)
    assert await nodes[0].flows.expire.sweep() == 1
    return nodes, clock, started.transaction_id


async def deliver(node: Node, posted: Counter[int], most: int = 10) -> int:
    taken = await node.flows.outbox.take(most)
    for posting in taken:
        posted[posting.letter.attempts] += 1
        await asyncio.sleep(0)
        await node.flows.outbox.delivered(posting.letter, "204")
    return len(taken)


async def test_sixteen_who_ask_at_once_for_a_delivered_callback_get_it_once_more(open_nodes: OpenNodes) -> None:
    nodes, _, transaction_id = await nodes_with_a_letter(open_nodes)
    posted: Counter[int] = Counter()
    assert await deliver(nodes[0], posted) == 1
    asked = await at_once(nodes[n % 2].flows.callbacks.deliveries.retry(PORTAL, transaction_id) for n in SIXTEEN)
    assert asked == [None] * 16
    taken = await at_once(deliver(nodes[n % 2], posted) for n in SIXTEEN)
    assert sum(winners(taken)) == 1
    assert posted == {1: 1, 2: 1}
    log = await nodes[1].flows.callbacks.deliveries.show(PORTAL, transaction_id)
    assert [(each.number, each.result) for each in log.attempts] == [(1, "204"), (2, "204")]
    assert await nodes[0].count(RETRIED) == 16


async def test_askers_and_senders_at_once_never_make_one_attempt_twice_and_leave_nothing_untold(
    open_nodes: OpenNodes,
) -> None:
    nodes, _, transaction_id = await nodes_with_a_letter(open_nodes)
    posted: Counter[int] = Counter()

    async def ask(node: Node) -> None:
        for _ in range(3):
            await node.flows.callbacks.deliveries.retry(PORTAL, transaction_id)
            await asyncio.sleep(0.002)

    async def send(node: Node) -> None:
        for _ in range(8):
            await deliver(node, posted)

    work = [(ask if n % 2 else send)(nodes[n // 2 % 2]) for n in SIXTEEN]
    assert await at_once(work) == [None] * 16
    await deliver(nodes[0], posted)
    assert set(posted.values()) == {1}, posted
    assert sorted(posted) == list(range(1, len(posted) + 1))
    assert 1 <= len(posted) <= 1 + 3 * 8
    log = await nodes[1].flows.callbacks.deliveries.show(PORTAL, transaction_id)
    assert log.state is DeliveryState.DELIVERED
    assert [each.number for each in log.attempts] == sorted(posted)
    assert await nodes[0].count(STATE) == 1


async def test_asking_while_the_only_attempt_fails_leaves_the_letter_waiting_and_the_failure_on_record(
    open_nodes: OpenNodes,
) -> None:
    nodes, clock, transaction_id = await nodes_with_a_letter(open_nodes)
    [posting] = await nodes[0].flows.outbox.take(1)
    work = [nodes[n % 2].flows.callbacks.deliveries.retry(PORTAL, transaction_id) for n in SIXTEEN]
    assert winners(await at_once([*work, nodes[0].flows.outbox.failed(posting.letter, "503")])) == [None] * 17
    log = await nodes[0].flows.callbacks.deliveries.show(PORTAL, transaction_id)
    assert (log.state, [each.result for each in log.attempts]) == (DeliveryState.WAITING, ["503"])
    clock.move(2)
    posted: Counter[int] = Counter()
    assert sum(winners(await at_once(deliver(nodes[n % 2], posted) for n in SIXTEEN))) == 1
    assert posted == {2: 1}
