"""What a person does and sees in the portal's window and in the phone's."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.support.chromium import Page
from tests.support.required_components import require

CARD = "document.querySelector('qr-login')?.shadowRoot?.querySelector('.card')"
LOADED = "document.readyState === 'complete'"  # then the script that lends pictures to the phone's window listens
PICTURED = f"{LOADED} && {CARD}?.hasAttribute('data-pictured')"
WIDGET_BUTTON = f"{CARD}.querySelector('button')"
SHOWN = "document.querySelector('section:not([hidden])')"
KEEP = os.environ.get("KEEP_PHOTOS")  # a folder: leave photos there, for a person to look at


def headed(words: str) -> str:
    """Whether the portal's page has that heading."""
    return f"document.querySelector('h1')?.textContent === {json.dumps(words)}"


def view(name: str) -> str:
    """Whether the widget shows that view."""
    return f"{CARD}?.dataset.view === {json.dumps(name)}"


def on_screen(name: str) -> str:
    """Whether the phone shows that screen."""
    return f"document.querySelector('[data-screen={name}]')?.hidden === false"


def button(words: str) -> str:
    """The button or link with those words that can be seen."""
    return (
        "[...document.querySelectorAll('button, a, label')]"
        f".find((each) => each.textContent.trim() === {json.dumps(words)} && each.getClientRects().length)"
    )


async def press(page: Page, words: str) -> None:
    """Click the button with those words, as soon as it is there."""
    await page.until(button(words))
    await page.run(f"({button(words)}).scrollIntoView({{ block: 'center' }})")
    await page.click(button(words))


async def open_login(page: Page, portal: str) -> None:
    """Go to the portal's login page and wait for its code."""
    await page.open(f"{portal}/login")
    await page.until(PICTURED)


async def photo(page: Page, folder: Path, name: str) -> Path:
    """Take a photo of the window; return where it is."""
    file = folder / f"{name}.png"
    file.write_bytes(await page.photo())
    if KEEP:
        (Path(KEEP) / file.name).write_bytes(file.read_bytes())
    return file


def read_by_zbar(picture: Path) -> str:
    """Return the text of the QR code in a picture, as a reader that is not ours sees it."""
    command = [str(require("zbarimg") / "zbarimg"), "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()


async def link_phone(phone: Page) -> None:
    """Link the phone page to alice, by its own button."""
    await press(phone, "Link it")
    await phone.until(on_screen("told"))
    await press(phone, "Done")
    await phone.until(on_screen("ready"))


async def scan_window(phone: Page) -> None:
    """Press "Scan the other window", and wait for what it asks."""
    await press(phone, "Scan the other window")
    await phone.until(on_screen("asked"))
