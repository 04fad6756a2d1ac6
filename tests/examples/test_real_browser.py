"""The example portal in a real browser: its script waits and goes on, and its policy lets everything through it needs.

Chromium is large and is not installed for the tests; where it is missing, this file is not collected.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sdk_stub.qr import read_qr_code
from sdk_stub.sdk import OneWelcomeSdk
from tests.support.chromium import chromium_page
from tests.support.phone import answer_with
from tests.support.required_components import require

TEXT_OF_HEADING = "document.querySelector('h1').textContent"


@pytest.mark.slow
async def test_the_page_goes_on_by_itself_when_the_phone_accepts(
    portal: str, phone: OneWelcomeSdk, tmp_path: Path
) -> None:
    async with chromium_page(require("chromium") / "chromium", tmp_path / "profile") as page:
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
