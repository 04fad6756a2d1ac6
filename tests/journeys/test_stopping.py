"""The server stops while somebody waits: nobody is kept, and nobody is left without an answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.portal import CallbackReceiver
from tests.support.server import a_world, settings_for


async def test_a_waiting_portal_is_answered_at_once_when_the_server_stops(
    database_url: str, tmp_path: Path, callbacks: CallbackReceiver
) -> None:
    loop = asyncio.get_running_loop()
    async with a_world(settings_for(database_url, tmp_path), tmp_path, callbacks) as world:
        started = await world.start()
        waiting = asyncio.create_task(world.result(started["transaction_id"], wait_s=30))
        while not world.server.flows.news.waiters:
            await asyncio.sleep(0.01)
        portal = world.portal
        world.server.flows.news.release_all()  # what stopping begins with
        began = loop.time()
        result = await waiting
        assert loop.time() - began < 5
        assert (result["status"], result["is_authenticated"]) == (200, False)
        assert not portal.closed
