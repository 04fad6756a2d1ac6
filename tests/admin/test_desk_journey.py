"""A real browser at the desk: signing in, finding the login just made, its story; then its phone is refused."""

from __future__ import annotations

import json

import pytest

from sdk_stub.errors import SdkError
from tests.support.chromium import Page
from tests.support.desk import PASSWORD, Desk, code_at
from tests.support.phone import answer_with
from token_server.crypto import totp

pytestmark = [pytest.mark.needs_browser, pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)]


async def type_into(page: Page, field: str, text: str) -> None:
    """Fill a field in."""
    await page.run(f"document.getElementById({json.dumps(field)}).value = {json.dumps(text)}")


async def follow(page: Page, script: str) -> None:
    """Press Enter on what the script finds, and wait for the page that comes."""
    await page.run("void (window.before = true)")
    await page.run(f"({script}).focus()")
    await page.press("Enter")
    await page.until("!window.before && document.readyState === 'complete'")


def link(words: str) -> str:
    """A script that finds the link or button with these words."""
    return (
        f"[...document.querySelectorAll('main a, main button')].find(e => e.textContent.includes({json.dumps(words)}))"
    )


async def sign_in(page: Page, desk: Desk) -> None:
    """Sign an owner in with password and authenticator."""
    anna = await desk.at_home("anna")
    desk.world.clock.move(totp.STEP_S)
    await page.open(f"{desk.world.server.desk}/sign-in")
    await type_into(page, "name", "anna")
    await type_into(page, "password", PASSWORD)
    await follow(page, "document.querySelector('main form button')")
    await type_into(page, "code", code_at(anna.secret, desk.world.clock.now_ms()))
    await follow(page, "document.querySelector('main form button')")


async def test_a_login_is_found_its_story_read_and_its_phone_taken_away_by_keyboard(desk: Desk, page: Page) -> None:
    world = desk.world
    await sign_in(page, desk)
    phone = await world.phone("alice")
    answer_with(phone, "accept")
    started = await world.start()
    await phone.handle_mobile_auth_with_otp(started["otp"])
    await world.callbacks.wait_for(started["transaction_id"])
    await page.open(f"{world.server.desk}/transactions")
    await follow(page, "document.querySelector('tr.linked a')")
    assert await page.run("location.pathname") == f"/transactions/{started['transaction_id']}"
    await page.until("document.querySelector('.story').textContent.includes('Accepted by the user')")
    await follow(page, link("Verify it here"))
    await page.until("document.body.textContent.includes('The evidence holds')")
    await page.open(f"{world.server.desk}/users?user_id=alice")
    await follow(page, link("Delete device"))
    assert "alice" in await page.run("document.querySelector('.confirm').textContent")
    await follow(page, "document.querySelector('.confirm button')")
    assert "Deleted" in await page.run("document.querySelector('main').textContent")
    again = await world.start()
    with pytest.raises(SdkError):
        await phone.handle_mobile_auth_with_otp(again["otp"])
    await phone.close()
    assert page.complaints == []


async def test_a_list_renews_itself_and_no_page_is_wider_than_a_small_screen(desk: Desk, page: Page) -> None:
    await sign_in(page, desk)
    await page.open(f"{desk.world.server.desk}/transactions")
    desk.world.clock.move(60)
    started = await desk.world.start(message="x" * 150)
    await page.until(f"document.querySelector('a[href$=\"{started['transaction_id']}\"]')")
    # That nobody touched it is noticed: the session ends as if nothing had been asked for.
    seen = [each.seen_at for each in await desk.flows.sessions.list_own(await desk.operator("anna"))]
    assert max(seen) < desk.world.clock.now_ms() - 55_000
    await page.resize(360, 800)
    for path in ("/", "/transactions", f"/transactions/{started['transaction_id']}", "/users", "/audit", "/callbacks"):
        await page.open(f"{desk.world.server.desk}{path}")
        assert await page.run("document.documentElement.scrollWidth <= innerWidth"), path
    assert page.complaints == []
