"""The server stops while somebody waits: nobody is kept, and nobody is left without an answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.portal import CallbackReceiver
from tests.support.server import a_world, settings_for


async def test_a_waiting_portal_is_answered_at_once_when_the_server_stops(
    database_url: str, tmp_path: Path, callbacks: CallbackReceiver
) -> None:
    async with a_world(settings_for(database_url, tmp_path), tmp_path, callbacks) as world:
        started = await world.start()
        waiting = asyncio.create_task(world.result(started["transaction_id"], wait_s=30))
        while not world.server.flows.news.waiters:  # noqa: ASYNC110 - nothing tells when a portal begins to wait
            await asyncio.sleep(0.01)
        world.server.flows.news.release_all()  # what stopping begins with
        async with asyncio.timeout(10):
            result = await waiting
        assert (result["status"], result["is_authenticated"]) == (200, False)
