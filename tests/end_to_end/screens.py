"""Scripts that find things in the portal's window and in the phone's."""

from __future__ import annotations

import json

from tests.support.chromium import Page

CARD = "document.querySelector('qr-login')?.shadowRoot?.querySelector('.card')"
PICTURED = f"{CARD}?.hasAttribute('data-pictured')"
HEADING = "document.querySelector('h1').textContent"
SHOWN = "document.querySelector('section:not([hidden])')"


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
