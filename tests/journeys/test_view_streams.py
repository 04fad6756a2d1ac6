"""Event streams come and go: networks break, servers stop, browsers leave, and nobody misses how things stand."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from aiohttp import ClientSession

from tests.journeys.patience import eventually
from tests.journeys.phones import WirePhoneOf
from tests.support.browser import Browser
from tests.support.portal import CallbackReceiver
from tests.support.server import CHEAP, OpenWorld, World, a_world, settings_for


async def test_whoever_comes_back_is_told_the_state_only_if_it_is_another(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    async with browser.events() as events:
        await events.until("frame")
    async with browser.events(events.last_event_id) as events:
        assert (await events.until("retry")).text == "1000"
        assert (await events.next()).name == "frame"  # type: ignore[union-attr]
    document = await phone.challenge(started["otp"])
    async with browser.events("waiting") as events:
        assert (await events.until("state")).data["state"] == "scanned"
    await phone.answer(started["transaction_id"], "accept", document)
    async with browser.events("scanned") as events:
        assert await events.states() == ["accepted"]
    async with browser.events("expired") as events:  # says who has seen another end, or nothing at all
        assert await events.states() == ["accepted"]
    async with browser.events("accepted") as events:
        assert events.response.status == 204


async def test_the_oldest_of_too_many_streams_is_sent_away_to_come_back(world: World, http: ClientSession) -> None:
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    async with browser.events() as oldest:
        await oldest.until("frame")
        newer = [browser.events() for _ in range(10)]
        for stream in newer:
            await (await stream.__aenter__()).until("frame")
        assert 1000 <= int((await oldest.until("retry")).text) <= 5000
        assert await oldest.next() is None
        for stream in newer:
            await stream.__aexit__(None, None, None)


async def test_a_browser_that_leaves_is_forgotten(world: World, http: ClientSession) -> None:
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    flows = world.server.flows
    for _ in range(3):
        async with browser.events() as events:
            await events.until("frame")
            assert flows.views.watch.count == 1

        async def nobody_is_left() -> bool:
            return flows.views.watch.count == 0 and not flows.news.waiters

        assert await eventually(nobody_is_left)


async def test_silence_is_broken_by_a_heartbeat(open_world: OpenWorld, http: ClientSession) -> None:
    world = await open_world(equipment=replace(CHEAP, heartbeat_s=0.05))
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    async with browser.events() as events:
        await events.until("frame")
        beats = [await events.next() for _ in range(3)]
        assert [(beat.name, beat.text) for beat in beats if beat] == [(":", "heartbeat")] * 3


async def test_a_server_that_stops_says_when_to_come_back(
    database_url: str, tmp_path: Path, callbacks: CallbackReceiver, http: ClientSession
) -> None:
    async with AsyncExitStack() as server:
        settings = settings_for(database_url, tmp_path)
        world = await server.enter_async_context(a_world(settings, tmp_path, callbacks))
        started = await world.start()
        browser = await Browser.of(world, started["transaction_id"], http)
        async with browser.events() as events:
            await events.until("frame")
            stopping = asyncio.create_task(server.aclose())
            assert 1000 <= int((await events.until("retry")).text) <= 5000
            assert [told.name async for told in events] == []
        await stopping
    async with a_world(settings, tmp_path, callbacks) as world:
        browser.view_url = f"{world.url}/view/{browser.view_url.rpartition('/')[2]}"
        async with browser.events(events.last_event_id) as events:
            await events.until("retry")
            assert (await events.next()).name == "frame"  # type: ignore[union-attr]
