"""The widget's line to the server: dropped, refused, silent, gone."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from tests.support.chromium import Page
from tests.widget.stage import CARD, CODE, Stage

pytestmark = pytest.mark.needs_browser

VIEW = f"{CARD}.dataset.view"
PICTURED = f"{CARD}.hasAttribute('data-pictured')"
STATES = "window.heard.map(([, detail]) => detail.state)"


async def test_a_dropped_stream_comes_back_and_nobody_notices(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    for _ in range(3):
        await stage.drop_streams()
        await until_watched(stage)
    assert await page.run(PICTURED)
    await stage.say("scanned")
    await page.until(f"{VIEW} === 'scanned'")
    await stage.drop_streams()
    await until_watched(stage)
    await stage.say("accepted")
    await page.until(f"{VIEW} === 'accepted'")
    assert await page.run(STATES) == ["waiting", "scanned", "accepted"]
    assert stage.view.polls == []


@pytest.mark.slow
async def test_where_streams_are_refused_it_asks_as_often_as_it_is_told_to(stage: Stage, page: Page) -> None:
    stage.view.refuses_streams = 403
    stage.view.retry_after_s = 2
    await stage.open(page)
    await page.until(PICTURED)
    stage.view.retry_after_s = 1
    await stage.say("number", number="42")
    await page.until(f"{VIEW} === 'number'")
    await stage.say("denied", reason="not_me")
    await page.until(f"{VIEW} === 'not_me'")
    first, *more = [later - earlier for earlier, later in pairwise(stage.view.polls)]
    assert 1.9 <= first < 3
    assert more
    assert all(0.9 <= pause < 3 for pause in more)
    asked = len(stage.view.polls)
    await asyncio.sleep(1.2)
    assert len(stage.view.polls) == asked, "after the end nobody asks"
    assert await page.run(STATES) == ["waiting", "number", "denied"]


@pytest.mark.slow
async def test_a_network_that_fails_is_said_and_the_stream_taken_up_when_it_is_back(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    await stage.show(CODE + "rotating", 1000)
    await page.do("Network.enable")
    offline = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    await page.do("Network.emulateNetworkConditions", offline=True, **offline)
    await stage.drop_streams()
    await page.until(f"{VIEW} === 'offline' && !{PICTURED}")
    assert await page.run(f"{CARD}.querySelector('.title').textContent") == "No connection"
    await page.do("Network.emulateNetworkConditions", offline=False, **offline)
    await page.until(f"{VIEW} === 'waiting' && {PICTURED}")
    await until_watched(stage)
    assert await page.run(STATES) == ["waiting", "offline", "waiting"]


@pytest.mark.slow
async def test_a_login_that_the_server_does_not_know_any_more_is_over(stage: Stage, page: Page) -> None:
    stage.view.refuses_streams = 404
    stage.view.is_known = False
    await stage.open(page, f'<qr-login view="{stage.view_url}"></qr-login>')
    await page.until(f"{VIEW} === 'expired'")
    assert await page.run("window.heard.map(([kind, detail]) => detail.code ?? detail.state)") == [
        "expired",
        "view_not_found",
    ]
    asked = len(stage.view.polls)
    await asyncio.sleep(1.2)
    assert len(stage.view.polls) == asked == 1


async def until_watched(stage: Stage) -> None:
    """Wait until somebody watches."""
    async with asyncio.timeout(8):
        while not stage.view.streams:  # noqa: ASYNC110 - the stage has no event
            await asyncio.sleep(0.02)
