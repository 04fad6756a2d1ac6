"""Many views at once, on two nodes: never more than there may be, and none misses what happens while it is opened."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import cycle

from tests.races.nodes import PORTAL, Crowd, Node, Phone
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners
from token_server.database.engine import UnitOfWork
from token_server.domain.views import MOST_VIEWS, Sight
from token_server.stores import views

VIEWS = "SELECT COUNT(*) AS n FROM views WHERE transaction_id = :id"
# Less than the time after which a watch looks by itself: whoever is told in time was told by the news.
PATIENCE_S = 10


async def test_of_sixteen_views_as_many_open_as_there_may_be(nodes: list[Node]) -> None:
    started = await nodes[0].start()
    opening = [nodes[each % 2].flows.views.open.open(PORTAL, started.transaction_id) for each in SIXTEEN]
    outcomes = await at_once(opening)
    assert len(winners(outcomes)) == MOST_VIEWS
    assert len({opened.view_token for opened in winners(outcomes)}) == MOST_VIEWS
    assert refusals(outcomes) == {"TooManyViews": 16 - MOST_VIEWS}
    assert await nodes[0].count(VIEWS, id=started.transaction_id) == MOST_VIEWS


async def test_counting_alone_lets_everybody_in_where_there_is_more_than_one_writer(nodes: list[Node]) -> None:
    """What the flow does but for writing the transaction's row first: so the test above bites."""
    transaction_id = (await nodes[0].start()).transaction_id
    has_many_writers = nodes[0].base.database.engine == "postgresql"
    all_have_counted = asyncio.Barrier(16 if has_many_writers else 1)

    async def count_and_add(number: int, unit: UnitOfWork) -> bool:
        is_added = await views.add(unit, f"hash {number}", transaction_id, now=1, most=MOST_VIEWS)
        await all_have_counted.wait()
        return is_added

    attempts = [nodes[each % 2].base.database.write(partial(count_and_add, each)) for each in SIXTEEN]
    assert sum(winners(await at_once(attempts))) == (16 if has_many_writers else MOST_VIEWS)


async def test_views_of_different_transactions_are_in_nobodys_way(nodes: list[Node]) -> None:
    started = [await nodes[0].start() for _ in SIXTEEN]
    opening = [
        node.flows.views.open.open(PORTAL, one.transaction_id) for one, node in zip(started, cycle(nodes), strict=False)
    ]
    assert refusals(await at_once(opening)) == {}


async def test_a_view_that_opens_while_a_phone_scans_sees_the_scan(nodes: list[Node], crowd: Crowd) -> None:
    phones = await crowd(nodes, 4)
    for _ in range(4):
        started = [await nodes[0].start() for _ in phones]
        stories = [
            scan_while_opening(nodes, phone, one.transaction_id, one.otp)
            for phone, one in zip(phones, started, strict=True)
        ]
        async with asyncio.timeout(PATIENCE_S):
            assert await asyncio.gather(*stories) == ["scanned"] * len(phones)


async def scan_while_opening(nodes: list[Node], phone: Phone, transaction_id: str, otp: str) -> str:
    """Scan at one node while a browser begins to watch at the other; return what it sees in the end."""
    _, seen = await asyncio.gather(phone.claim(nodes[0], otp), watch_until_scanned(nodes[-1], transaction_id))
    return seen


async def watch_until_scanned(node: Node, transaction_id: str) -> str:
    opened = await node.flows.views.open.open(PORTAL, transaction_id)
    view = await node.flows.views.look.recognise(opened.view_token)
    with node.flows.views.watch.watch(view) as watch:
        while True:
            sight = await watch.next(PATIENCE_S)
            if isinstance(sight, Sight) and sight.state != "waiting":
                return sight.state.value
