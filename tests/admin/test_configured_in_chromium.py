"""What is configured in the console, with a real browser, works at the portal API, and fits every screen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.chromium import Page
from tests.support.desk import PASSWORD, Desk
from token_server.crypto import totp
from token_server.domain.operators import Role

pytestmark = [pytest.mark.needs_browser, pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)]

NEW = "/new/authentication-type"
PAGES = (
    "/authentication-types",
    "/authentication-types/approve",
    "/authentication-types/approve/rename",
    "/api-clients",
    "/api-clients/shop",
    "/new/api-client",
    "/api-clients/shop/secret",
    "/mobile-config",
    "/features",
)
SAVE = "[...document.querySelectorAll('main button.main')].at(-1)"


async def type_in(page: Page, name: str, text: str) -> None:
    """Replace what stands in the first field of that name."""
    await page.run(f"document.querySelector('[name={name}]').select()")
    await page.do("Input.insertText", text=text)


async def press_and_arrive(page: Page, place: str) -> None:
    """Press the page's own button, and be at that path."""
    await page.run(f"{SAVE}.scrollIntoView({{block: 'center'}})")
    await page.click(SAVE)
    await page.until(f"location.pathname === '{place}' && document.readyState === 'complete'")


async def sign_in(desk: Desk, page: Page) -> None:
    """Sign an admin in, in the browser."""
    anna = await desk.at_home("anna", Role.ADMIN)
    desk.world.clock.move(totp.STEP_S)
    await page.open(f"{desk.world.server.desk}/sign-in")
    await type_in(page, "name", "anna")
    await type_in(page, "password", PASSWORD)
    await press_and_arrive(page, "/sign-in/second-factor")
    await type_in(page, "code", anna.code())
    await press_and_arrive(page, "/")


async def make_a_type(desk: Desk, page: Page) -> None:
    """Fill in the form of a new type, and save it."""
    await page.open(f"{desk.world.server.desk}{NEW}")
    await type_in(page, "name", "approve")
    await type_in(page, "expires_in_s", "45")
    await type_in(page, "default_messages_language", "en")
    await type_in(page, "default_messages_text", "Approve it at <b>Example</b>")
    await press_and_arrive(page, "/authentication-types")


async def test_a_type_made_in_the_console_is_started_through_the_portal_api(desk: Desk, page: Page) -> None:
    await sign_in(desk, page)
    await make_a_type(desk, page)
    assert "approve is there" in await page.run("document.querySelector('.flash').textContent")
    started = await desk.world.start("approve")
    assert (await desk.world.result(started["transaction_id"]))["status"] == 200
    assert page.complaints == []


async def test_every_page_fits_a_phone_and_a_desk_and_says_nothing_to_the_console(
    desk: Desk, page: Page, tmp_path: Path
) -> None:
    await sign_in(desk, page)
    await make_a_type(desk, page)
    folder = Path(os.environ.get("PHOTOS", tmp_path))
    for width, colours in ((360, "light"), (1280, "dark")):
        await page.resize(width, 900)
        await page.prefer(color_scheme=colours)
        for path in PAGES:
            await page.open(f"{desk.world.server.desk}{path}")
            assert await page.run("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            assert await page.run("!document.querySelector('main b, main script')"), path
            (folder / f"{width}{path.replace('/', '_')}.png").write_bytes(await page.photo())
    assert page.complaints == []
