"""Two servers on one PostgreSQL: the browser watches one, the phone talks to the other."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest

from examples.demo.stage import free_port
from examples.phone.app import Phone
from examples.portal.portal import running_portal
from tests.end_to_end.screens import open_login, photo, read_by_zbar, view
from tests.examples.conftest import portal_settings_for, welcome_portal
from tests.support.chromium import Page
from tests.support.server import OpenWorld

pytestmark = [
    pytest.mark.needs_browser,
    pytest.mark.needs_zbar,
    pytest.mark.postgres,
    pytest.mark.slow,
]

ROUNDS = 4
WATCH = """(window.heardAt = {}, document.addEventListener("qr-login-state", ({ detail }) => {
    window.heardAt[detail.state] ??= Date.now();
}))"""


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


async def test_what_the_phone_tells_one_node_the_browser_at_the_other_hears_at_once(
    open_world: OpenWorld, page: Page, tmp_path: Path
) -> None:
    phones, browsers = await open_world(), await open_world()
    settings = portal_settings_for(browsers.url, free_port())
    for world in (phones, browsers):
        await welcome_portal(world.base, settings.url)
    late_ms: list[float] = []
    async with running_portal(settings), Phone(phones.url, tmp_path / "alice.json") as phone:
        await phone.register(await phones.registration_code("alice"))
        await phone.sdk.enroll_mobile_authentication()
        for _ in range(ROUNDS):
            await open_login(page, settings.url)
            await page.run("document.querySelector('qr-login').removeAttribute('finish')")
            await page.run(WATCH)
            await phone.scan(read_by_zbar(await photo(page, tmp_path, "login")))
            claimed_at = time.time()
            await page.until(view("scanned"))
            await phone.accept()
            accepted_at = time.time()
            await page.until(view("accepted"))
            heard = await page.run("window.heardAt")
            late_ms += [heard["scanned"] - claimed_at * 1000, heard["accepted"] - accepted_at * 1000]
        await page.do("Page.navigate", url=f"{settings.url}/login/finish")
        await page.until("location.pathname === '/account'")
    assert statistics.median(late_ms) < 200, f"ms from the phone's answer to the page: {late_ms}"
    assert page.complaints == []
