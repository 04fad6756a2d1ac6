"""The story that `make serve` opens: the portal in one window, the phone page in another, one person before both."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.end_to_end.screens import (
    CARD,
    HEADING,
    PICTURED,
    SHOWN,
    link_phone,
    on_screen,
    press,
    scan_window,
    view,
)
from tests.support.chromium import Page

pytestmark = pytest.mark.needs_browser

KEEP = os.environ.get("KEEP_PHOTOS")


async def keep(page: Page, name: str) -> None:
    """Leave a photo for a person, if one asked for it."""
    if KEEP:
        (Path(KEEP) / f"{name}.png").write_bytes(await page.photo())


async def test_link_sign_in_and_pay_by_clicks(portal: str, page: Page, phone_page: Page) -> None:
    await keep(phone_page, "phone-unlinked")
    await link_phone(phone_page)
    await page.open(f"{portal}/")
    await press(page, "Sign in with your phone")
    await page.until(PICTURED)
    await keep(page, "login")
    await keep(phone_page, "phone-ready")
    await scan_window(phone_page)
    await page.until(view("scanned"))
    asked = await phone_page.run(f"{SHOWN}.innerText")
    for words in ("Sign in to Example Bank?", "Example Bank", portal, "127.0.0.1", "on Linux"):
        assert words in asked
    await keep(phone_page, "phone-asked")
    await press(phone_page, "Accept")
    await page.until("location.pathname === '/account'")
    assert await page.run(HEADING) == "Welcome, alice"
    await phone_page.until(on_screen("told"))
    await keep(phone_page, "phone-told")
    await press(phone_page, "Done")

    await press(page, "Pay 25.00 euro")
    await page.until(view("start"))
    await page.click(f"{CARD}.querySelector('button')")
    await page.until(PICTURED)
    await scan_window(phone_page)
    await page.until(view("number"))
    number = await page.run(f"{CARD}.querySelector('.number').textContent")
    await phone_page.run("document.querySelector('#number').focus()")
    await phone_page.do("Input.insertText", text="00" if number != "00" else "99")
    await press(phone_page, "Accept")
    await phone_page.until("document.querySelector('#tries').textContent.includes('2 more tries')")
    await keep(page, "pay-number")
    await keep(phone_page, "phone-number")
    await phone_page.do("Input.insertText", text=number)  # the field has the focus by itself
    await phone_page.press("Enter")
    await page.until("location.pathname === '/pay/finish'")
    assert await page.run(HEADING) == "25.00 euro to Example Shop"
    assert page.complaints == phone_page.complaints == []
