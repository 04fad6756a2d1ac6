"""Watching without a socket: what is told when, what is held back, and what happens when news is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from tests.flows.house import SHOP, House
from token_server.database.engine import ANYTHING, Database
from token_server.domain.views import ShownCode, Sight
from token_server.flows.mobile_authentication.look import View
from token_server.flows.mobile_authentication.news import TransactionNews
from token_server.flows.mobile_authentication.watch import WatchTransaction

LATE_NEWS = "UPDATE transactions SET state = 'claimed' WHERE transaction_id = :id"
PATIENCE_S = 20


class SilentDatabase:
    """A database that announces nothing, but by `hear`."""

    hear: Callable[[str], None]

    def listen(self, _topic: str, hear: Callable[[str], None]) -> Callable[[], None]:
        """Keep whom to tell."""
        self.hear = hear
        return lambda: None


async def viewed(house: House) -> View:
    started = await house.start()
    token = (await house.flows.views.open.open(SHOP, started.transaction_id)).view_token
    return await house.flows.views.look.recognise(token)


async def secretly_claim(house: House, view: View) -> None:
    """Claim without telling anybody."""
    await house.base.database.write(lambda unit: unit.run(LATE_NEWS, id=view.transaction_id))


async def test_first_the_state_then_the_code_then_nothing(house: House) -> None:
    with house.flows.views.watch.watch(await viewed(house)) as watch:
        assert isinstance(await watch.next(0), Sight)
        assert isinstance(await watch.next(0), ShownCode)
        assert await watch.next(0) is None
        assert await watch.next(0.01) is None


async def test_a_browser_that_knows_the_state_is_shown_the_code_only(house: House) -> None:
    with house.flows.views.watch.watch(await viewed(house), "waiting") as watch:
        assert isinstance(await watch.next(0), ShownCode)
        assert await watch.next(0) is None


async def test_news_that_was_lost_is_found_out_by_looking(house: House) -> None:
    view, silent = await viewed(house), SilentDatabase()
    news = TransactionNews(cast("Database", silent))
    watching = WatchTransaction(house.flows.views.look, news, looks_again_after_s=(0.01, 0.02))
    with watching.watch(view, "waiting") as watch:
        assert isinstance(await watch.next(0), ShownCode)
        await secretly_claim(house, view)
        sight = await watch.next(PATIENCE_S)
        assert isinstance(sight, Sight)
        assert sight.state == "scanned"


async def test_everybody_looks_when_anything_may_have_happened(house: House) -> None:
    view, silent = await viewed(house), SilentDatabase()
    news = TransactionNews(cast("Database", silent))
    watching = WatchTransaction(house.flows.views.look, news, looks_again_after_s=(600, 600))
    with watching.watch(view, "waiting") as watch:
        assert isinstance(await watch.next(0), ShownCode)
        await secretly_claim(house, view)
        silent.hear(ANYTHING)
        sight = await watch.next(PATIENCE_S)
        assert isinstance(sight, Sight)
        assert sight.state == "scanned"


async def test_news_of_others_wakes_nobody(house: House) -> None:
    ours, theirs = await viewed(house), await viewed(house)
    silent = SilentDatabase()
    watching = WatchTransaction(house.flows.views.look, TransactionNews(cast("Database", silent)))
    with watching.watch(ours, "waiting") as watch:
        await watch.next(0)
        await secretly_claim(house, ours)
        silent.hear(theirs.transaction_id)
        assert await watch.next(0.05) is None
        silent.hear(ours.transaction_id)
        assert isinstance(await watch.next(PATIENCE_S), Sight)


async def test_whoever_waits_when_the_server_stops_is_let_go_without_another_look(house: House) -> None:
    view = await viewed(house)
    with house.flows.views.watch.watch(view, "waiting") as watch:
        assert isinstance(await watch.next(0), ShownCode)
        waiting = asyncio.create_task(watch.next(PATIENCE_S))
        await secretly_claim(house, view)
        house.flows.news.release_all()
        assert await waiting is None
        assert watch.is_over


async def test_who_is_cancelled_while_waiting_leaves_nothing_behind(house: House) -> None:
    view, watching = await viewed(house), house.flows.views.watch

    async def wait() -> None:
        with watching.watch(view) as watch:
            while True:
                await watch.next(60)

    waiting = asyncio.create_task(wait())
    while not watching.count:  # noqa: ASYNC110 - nothing tells when somebody begins to watch
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert watching.count == 0
    assert house.flows.news.waiters == {}
