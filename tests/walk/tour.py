"""A tour through everything that this project shows in a browser: the console, the example portal, the phone page.

At each stop the named page is on the screen, for whoever asked to take a photo of it, or to have it judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

from sdk_stub.qr import read_qr_code
from tests.end_to_end.screens import PICTURED, WIDGET_BUTTON, headed, link_phone, on_screen, press, scan_window, view
from tests.support.chromium import Chromium, Page
from tests.support.desk import PASSWORD, code_at
from tests.walk.bank import Bank
from tests.walk.routes import INSIDE
from token_server.crypto import totp

LOADED = "document.readyState === 'complete' && !window.before"
# Pages that only a form leads to: where the form is, which one, and what is typed.
BEHIND_FORMS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("a type that is wrong", "/new/authentication-type", "/new/authentication-type", {"name": "no good"}),
    ("an operator that is wrong", "/operators", "/operators", {"name": "!"}),
    ("a set-up link", "/operators", "/operators", {"name": "femke", "role": "auditor"}),
    ("a token shown once", "/tokens", "/tokens", {"name": "nightly report"}),
    ("a secret shown once", "/api-clients/insurance/secret", "/api-clients/insurance/secret", {}),
    ("what signs callbacks", "/api-clients/insurance", "/api-clients/insurance/callback-secrets", {}),
    ("a verified trail", "/audit", "/audit/verify", {}),
    ("verified evidence", "/transactions/{accepted}", "/transactions/{accepted}/verify", {}),
    ("two admins", "/mobile-config", "/mobile-config", {"revision": "1", "max_message_length": "200"}),
)
ELSEWHERE = {
    "nothing there": "/nothing",
    "nobody found": "/users?user_id=nobody",
    "nobody asked for": "/users",
    "nothing fits": "/audit?user_id=nobody",
    "an hour": "/",
}


async def send(page: Page, action: str, **fields: str) -> None:
    """Fill the form with that action in and send it."""
    form = f"document.querySelector('form[action={json.dumps(action)}]')"
    await page.run("void (window.before = true)")
    for name, text in fields.items():
        await page.run(f"void ({form}.elements[{json.dumps(name)}].value = {json.dumps(text)})")
    await page.run(f"({form}.noValidate = true, {form}.requestSubmit())")
    await page.until(LOADED)


async def way_in(bank: Bank, page: Page) -> AsyncIterator[str]:
    """From an invitation to the dashboard, out again, and in by the second factor: an owner who is called anna."""
    desk, link = bank.world.server.desk, await bank.desk.invite("anna")
    await page.open(f"{desk}{link}")
    yield "/set-up/{link}"
    await send(page, link, password=PASSWORD, again=PASSWORD)
    typed = await page.run("document.querySelector('.typed').textContent")
    secret = re.sub(r"\s", "", typed)
    yield "/sign-in/enrol"
    await send(page, "/sign-in/enrol", code=code_at(secret, bank.world.clock.now_ms()))
    yield "recovery codes"
    await page.open(f"{desk}/account")
    await send(page, "/sign-out")
    yield "/sign-in"
    await send(page, "/sign-in", name="anna", password="not the right one")
    yield "a wrong password"
    bank.world.clock.move(totp.STEP_S)
    await send(page, "/sign-in", name="anna", password=PASSWORD)
    yield "/sign-in/second-factor"
    await page.open(f"{desk}/sign-in/recovery-code")
    yield "/sign-in/recovery-code"
    await page.open(f"{desk}/sign-in/second-factor")
    await send(page, "/sign-in/second-factor", code=code_at(secret, bank.world.clock.now_ms()))


async def console_tour(bank: Bank, page: Page) -> AsyncIterator[str]:
    """Every page of the console, for whoever is signed in."""
    desk = bank.world.server.desk
    for name, path in {**INSIDE, **ELSEWHERE}.items():
        await page.open(f"{desk}{path.format_map(bank.named)}")
        yield name
    for name, path, action, fields in BEHIND_FORMS:
        await page.open(f"{desk}{path.format_map(bank.named)}")
        await send(page, action.format_map(bank.named), **fields)
        yield name


async def portal_tour(bank: Bank, page: Page, folder: Path) -> AsyncIterator[str]:
    """Every page of the example portal, with the widget in its states; alice is the visitor."""
    phone = await bank.phone("alice")

    async def scan() -> None:
        await page.until(PICTURED)
        await page.run("document.querySelector('qr-login').scrollIntoView({ block: 'center' })")
        (folder / "code.png").write_bytes(await page.photo())
        await phone.scan(read_qr_code(folder / "code.png"))

    for name in ("", "link", "login"):
        await page.open(f"{bank.portal}/{name}")
        await page.until(PICTURED if name == "login" else "document.querySelector('h1')")
        yield f"portal {name or 'home'}"
    await scan()
    await page.until(view("scanned"))
    yield "portal scanned"
    await phone.deny("not_me")
    await page.until(view("not_me"))
    yield "portal not me"
    await page.open(f"{bank.portal}/login/finish")
    yield "portal finished"
    await page.open(f"{bank.portal}/login")
    await scan()
    await phone.accept()
    await page.until(headed("Welcome, alice"))
    yield "portal account"
    await page.open(f"{bank.portal}/pay")
    await page.until(WIDGET_BUTTON)
    await page.click(WIDGET_BUTTON)
    await scan()
    await page.until(view("number"))
    yield "portal number"
    await phone.deny()


async def phone_tour(bank: Bank, page: Page, chromium: Chromium) -> AsyncIterator[tuple[str, Page]]:
    """The phone page beside the portal: nobody's, ready, asking, told."""
    async with chromium.page(beside=page) as phone:
        await phone.open(f"{bank.portal}/phone")
        await phone.until(on_screen("unlinked"))
        yield "phone unlinked", phone
        await link_phone(phone)
        yield "phone ready", phone
        await page.open(f"{bank.portal}/login")
        await page.until(PICTURED)
        await scan_window(phone)
        yield "phone asked", phone
        await press(phone, "Accept")
        await phone.until(on_screen("told"))
        yield "phone told", phone
