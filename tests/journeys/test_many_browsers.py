"""Five hundred browsers wait at one server, and each is told the end of its own story."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from typing import TypeVar

import pytest
from aiohttp import ClientSession, ClientTimeout, TCPConnector

from tests.journeys.patience import eventually
from tests.journeys.phones import WirePhoneOf
from tests.support.browser import Browser
from tests.support.server import World

T = TypeVar("T")
COUNT = 500
AT_ONCE = 16
ANSWERED = 20


@pytest.mark.slow
async def test_none_of_five_hundred_waiting_browsers_is_lost(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    started = await some_at_once(world.start() for _ in range(COUNT))
    async with ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=None)) as http:
        browsers = await some_at_once(Browser.of(world, one["transaction_id"], http) for one in started)
        watching = [asyncio.create_task(watch(browser)) for browser in browsers]

        async def all_watch() -> bool:
            return world.server.flows.views.watch.count == COUNT

        await eventually(all_watch, timeout_s=60)
        for number, one in enumerate(started[:ANSWERED]):
            document = await phone.challenge(one["otp"])
            decision = "accept" if number % 2 else "deny"
            assert (await phone.answer(one["transaction_id"], decision, document)).status == 200
        world.clock.move(61)
        endings = await asyncio.gather(*watching)
    half = ["denied", "accepted"] * (ANSWERED // 2)
    assert [states[-1] for states in endings] == half + ["expired"] * (COUNT - ANSWERED)
    assert Counter(states[0] for states in endings) == {"waiting": COUNT}
    assert world.server.flows.views.watch.count == 0
    assert world.server.flows.news.waiters == {}


async def some_at_once(stories: Iterable[Awaitable[T]]) -> list[T]:
    """What they return, in their order."""
    room = asyncio.Semaphore(AT_ONCE)

    async def tell(story: Awaitable[T]) -> T:
        async with room:
            return await story

    return await asyncio.gather(*(tell(each) for each in stories))


async def watch(browser: Browser) -> list[str]:
    """Return the states that the browser is told."""
    async with browser.events() as events:
        events.patience_s = 120  # there are many of us
        return await events.states()
