"""The phone talks to one node while the browser waits at another: what happens there is told here, by the news."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.journeys.phones import WirePhoneOf
from tests.support.browser import Browser, open_view
from tests.support.portal import CallbackReceiver
from tests.support.second_process import second_process
from tests.support.server import a_world, settings_for

ISSUER = "https://login.example"
# Less than the time after which a browser is looked after without news.
PATIENCE_S = 10


@pytest.mark.postgres
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize("browser_is_at", ["this process", "the other process"])
async def test_each_step_of_the_phone_is_told_at_the_other_node_before_the_next(
    database_url: str,
    tmp_path: Path,
    callbacks: CallbackReceiver,
    wire_phone_of: WirePhoneOf,
    http: ClientSession,
    browser_is_at: str,
) -> None:
    settings = settings_for(database_url, tmp_path)
    settings = replace(settings, server=replace(settings.server, base_url=ISSUER))
    async with a_world(settings, tmp_path, callbacks) as world, second_process(settings) as other:
        phone = await wire_phone_of(world)
        here, there = (world.url, other) if browser_is_at == "this process" else (other, world.url)
        phone.url = there
        started = await world.start()
        opened = await open_view(world, started["transaction_id"])
        assert opened["view_url"] == f"{ISSUER}/view/{opened['view_token']}"
        browser = Browser(f"{here}/view/{opened['view_token']}", http)
        async with browser.events() as events:
            events.patience_s = PATIENCE_S
            assert (await events.until("frame")).data["text"] == started["otp"]
            document = await phone.challenge(started["otp"])
            assert (await events.until("state")).data["state"] == "scanned"
            await phone.answer(started["transaction_id"], "accept", document)
            assert (await events.until("state")).data == {"state": "accepted"}
        async with Browser(f"{there}/view/{opened['view_token']}", http).events("accepted") as events:
            assert events.response.status == 204
