"""The outbox, many senders: a letter is in one hand at a time, and is delivered once when nothing goes wrong."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests.races.nodes import CALLBACK, Node, OpenNodes
from tests.races.starting_line import SIXTEEN, at_once, winners
from tests.support.clock import FrozenClock
from token_server.flows.callbacks import Posting

LETTERS = 24
DELIVERED = "SELECT COUNT(*) AS n FROM callbacks WHERE delivered_at IS NOT NULL AND attempts = 1"
NOTED = "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'callback_delivered'"


async def two_nodes_with_letters(open_nodes: OpenNodes) -> tuple[list[Node], FrozenClock]:
    """Nodes of one frozen clock, and letters about transactions that nobody answered."""
    clock = FrozenClock()
    nodes = await open_nodes(clock, clock)
    await asyncio.gather(*(nodes[0].start("quick") for _ in range(LETTERS)))
    clock.move(10)
    assert await nodes[0].flows.expire.sweep() == LETTERS
    return nodes, clock


def ids(taken: list[list[Posting] | BaseException]) -> Counter[str]:
    return Counter(posting.letter.transaction_id for some in winners(taken) for posting in some)


async def test_sixteen_workers_take_no_letter_twice(open_nodes: OpenNodes) -> None:
    nodes, _ = await two_nodes_with_letters(open_nodes)
    taken = await at_once(nodes[each % 2].flows.outbox.take(LETTERS) for each in SIXTEEN)
    assert len(winners(taken)) == 16
    assert len(ids(taken)) == ids(taken).total() == LETTERS
    assert {posting.letter.attempts for some in winners(taken) for posting in some} == {1}


async def test_workers_that_take_a_few_each_share_the_letters_out_and_deliver_each_once(open_nodes: OpenNodes) -> None:
    nodes, _ = await two_nodes_with_letters(open_nodes)
    posted: Counter[str] = Counter()

    async def work(node: Node) -> None:
        idle = 0
        while idle < 3:
            some = await node.flows.outbox.take(2)
            idle = 0 if some else idle + 1
            for posting in some:
                posted[posting.letter.transaction_id] += 1
                assert posting.letter.callback_uri == CALLBACK
                await node.flows.outbox.delivered(posting.letter, "204")

    assert await at_once(work(nodes[each % 2]) for each in SIXTEEN) == [None] * 16
    assert len(posted) == posted.total() == LETTERS
    assert await nodes[0].count(DELIVERED) == await nodes[0].count(NOTED) == LETTERS


async def test_a_lease_holds_until_it_runs_out_and_then_for_one_other_worker(open_nodes: OpenNodes) -> None:
    nodes, clock = await two_nodes_with_letters(open_nodes)
    assert len(await nodes[0].flows.outbox.take(LETTERS)) == LETTERS  # and this worker is never heard of again
    lease_ms = nodes[0].base.settings.callbacks.timeout_s * 1000 + 10_000
    clock.move((lease_ms - 1) / 1000)
    assert ids(await at_once(nodes[each % 2].flows.outbox.take(LETTERS) for each in SIXTEEN)).total() == 0
    clock.move(0.001)
    taken = await at_once(nodes[each % 2].flows.outbox.take(LETTERS) for each in SIXTEEN)
    assert len(ids(taken)) == ids(taken).total() == LETTERS


async def test_a_slow_delivery_and_its_repetition_leave_one_delivered_letter(open_nodes: OpenNodes) -> None:
    nodes, clock = await two_nodes_with_letters(open_nodes)
    (slow,) = await nodes[0].flows.outbox.take(1)
    clock.move(60)
    quick = await nodes[1].flows.outbox.take(LETTERS)
    again = next(each for each in quick if each.letter.transaction_id == slow.letter.transaction_id)
    ends = [(0, slow, "failed"), (1, again, "delivered"), (0, slow, "delivered"), (0, slow, "failed")]
    await at_once(getattr(nodes[n].flows.outbox, end)(posting.letter, "-") for n, posting, end in ends * 4)
    delivered = "SELECT COUNT(*) AS n FROM callbacks WHERE transaction_id = :id AND delivered_at IS NOT NULL"
    assert await nodes[0].count(delivered, id=slow.letter.transaction_id) == 1
    clock.move(60)
    assert slow.letter.transaction_id not in ids([await nodes[0].flows.outbox.take(LETTERS)])
