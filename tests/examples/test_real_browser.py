"""The example portal in a real browser: its script goes on by itself, and its policy lets through what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdk_stub.qr import read_qr_code
from sdk_stub.sdk import OneWelcomeSdk
from tests.support.chromium import Page
from tests.support.phone import answer_with

TEXT_OF_HEADING = "document.querySelector('h1').textContent"


@pytest.mark.slow
@pytest.mark.needs_browser
async def test_the_page_goes_on_by_itself_when_the_phone_accepts(
    portal: str, phone: OneWelcomeSdk, page: Page, tmp_path: Path
) -> None:
    await page.open(f"{portal}/")
    await page.run("document.querySelector('button').click()")
    await page.until("document.querySelector('img.qr')?.naturalWidth > 0")
    clock = await page.run("document.querySelector('[data-clock]').textContent")
    await page.until(f"document.querySelector('[data-clock]').textContent !== {clock!r}")

    picture = tmp_path / "login.png"
    picture.write_bytes(await page.photo())
    answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(read_qr_code(picture))

    await page.until("location.pathname === '/account'")
    assert await page.run(TEXT_OF_HEADING) == "Welcome, alice"
    assert page.complaints == []
