"""The widget under strict rules: content security policy and subresource integrity."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from tests.support.chromium import Page
from tests.widget.stage import CARD, Stage

pytestmark = pytest.mark.needs_browser

PICTURED = f"{CARD}.hasAttribute('data-pictured')"


async def test_a_strict_policy_and_the_published_hash_let_everything_through(stage: Stage, page: Page) -> None:
    async with ClientSession() as client, client.get(f"{stage.server}/widget/v1/integrity.json") as answer:
        stage.integrity = (await answer.json())["qr-login.js"]
    await stage.open(page)
    await page.until(PICTURED)
    for state, more in (("scanned", {}), ("number", {"number": "42"}), ("expired", {})):
        await stage.say(state, **more)
        await page.until(f"{CARD}.dataset.view === {state!r}")
    await page.click(f"{CARD}.querySelector('button')")
    await page.until(PICTURED)
    assert await page.run(f"getComputedStyle({CARD}).display") == "grid", "its style sheet is in force"
    assert page.complaints == []


async def test_a_module_that_is_not_the_one_that_was_hashed_is_refused(stage: Stage, page: Page) -> None:
    stage.integrity = "sha384-" + "A" * 64
    await stage.open(page)
    assert await page.run("customElements.get('qr-login') === undefined")
    assert any("integrity" in complaint for complaint in page.complaints)
    assert stage.starts == 0


@pytest.mark.slow
async def test_a_policy_that_leaves_the_server_out_is_heard_as_an_error_not_as_silence(
    stage: Stage, page: Page
) -> None:
    stage.policy = f"default-src 'none'; script-src 'self' {stage.server}; connect-src 'self'; style-src 'self'"
    await stage.open(page)
    await page.until(f"{CARD}.dataset.view === 'offline'")
    assert any("connect-src" in complaint for complaint in page.complaints)
