"""What `<qr-login>` shows and tells while a login goes its way, against a real server's stream."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.support.chromium import Page
from tests.widget.stage import APPS, CARD, CODE, Stage

pytestmark = pytest.mark.needs_browser

PICTURED = f"{CARD}.hasAttribute('data-pictured')"
BUTTON = f"{CARD}.querySelector('button')"


async def words(page: Page) -> str:
    """What a screen reader is told."""
    return str(await page.run(f"{CARD}.querySelector('[role=status]').innerText")).replace("\n\n", " / ")


async def shows(page: Page, view: str) -> None:
    """Wait for that view."""
    await page.until(f"{CARD}.dataset.view === {json.dumps(view)}")


async def heard(page: Page) -> list[Any]:
    """The events that the page got."""
    found: list[Any] = await page.run("window.heard")
    return found


async def test_a_login_goes_from_code_to_number_to_accepted_and_on_to_the_portals_page(
    stage: Stage, page: Page
) -> None:
    await stage.open(page, '<qr-login start="/start" finish="/account"></qr-login>')
    await page.until(PICTURED)
    assert await words(page) == "Scan to log in / Open Example app on your phone and scan this code."
    await stage.say("scanned")
    await shows(page, "scanned")
    assert await words(page) == "Check your phone / Confirm there that it is you."
    await stage.say("number", number="07")
    await shows(page, "number")
    assert await words(page) == "Type 07 on your phone / Only if you are logging in here yourself."
    assert await page.run(f"{CARD}.querySelector('.number').textContent") == "07"
    assert not await page.run(PICTURED)
    assert await heard(page) == [
        ["state", {"state": "waiting"}],
        ["state", {"state": "scanned"}],
        ["state", {"state": "number", "number": "07"}],
    ]
    await stage.say("accepted")
    await page.until("location.pathname === '/account'")
    assert page.complaints == []


async def test_a_payment_is_confirmed_and_no_login(stage: Stage, page: Page) -> None:
    await stage.open(page, '<qr-login start="/start" purpose="confirm"></qr-login>')
    await page.until(PICTURED)
    assert await words(page) == "Scan to confirm / Open Example app on your phone and scan this code."
    assert await page.run(f"{CARD}.querySelector('.picture').getAttribute('aria-label')") == "QR code to confirm"
    await stage.say("number", number="07")
    await shows(page, "number")
    assert await words(page) == "Type 07 on your phone / Only if you are confirming something here yourself."
    await page.run("document.querySelector('qr-login').lang = 'nl'")
    assert (await words(page)).endswith("Alleen als u hier zelf iets bevestigt.")
    await page.run("document.querySelector('qr-login').removeAttribute('purpose')")
    assert (await words(page)).endswith("Alleen als u hier zelf aan het inloggen bent.")
    assert stage.starts == 1


async def test_one_element_starts_one_login(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    await page.run("document.querySelector('qr-login').setAttribute('lang', 'nl')")
    await page.run("document.querySelector('qr-login').setAttribute('theme', 'dark')")
    await asyncio.sleep(0.2)
    assert stage.starts == 1
    await page.run("document.querySelector('qr-login').setAttribute('start', '/start?again')")
    await page.until("window.heard.length === 2")
    assert stage.starts == 2


async def test_without_a_place_to_go_acceptance_is_only_told(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    await stage.say("accepted")
    await shows(page, "accepted")
    assert await words(page) == "Confirmed / You are being logged in."
    assert (await heard(page))[-1] == ["state", {"state": "accepted"}]
    await asyncio.sleep(0.3)
    assert stage.view.connections == 1, "after the end nobody comes back"
    assert stage.view.polls == []


async def test_a_denied_login_can_be_tried_again_and_a_reported_one_can_not(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    await stage.say("denied")
    await shows(page, "denied")
    await page.click(BUTTON)
    await page.until(PICTURED)
    assert stage.starts == 2
    await stage.say("denied", reason="not_me")
    await shows(page, "not_me")
    assert (await words(page)).startswith("Login stopped")
    assert await page.run(f"{BUTTON}.hidden")
    assert (await heard(page))[-1] == ["state", {"state": "denied", "reason": "not_me"}]


async def test_an_expired_code_is_renewed_by_keyboard_alone(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    await stage.say("expired")
    await shows(page, "expired")
    assert await words(page) == "Code expired / Ask for a new one to go on."
    await page.press("Tab")
    assert await page.run("document.querySelector('qr-login').shadowRoot.activeElement.textContent") == "New code"
    await page.press("Enter")
    await page.until(PICTURED)
    assert stage.starts == 2
    focused = await page.run("document.querySelector('qr-login').shadowRoot.activeElement.getAttribute('role')")
    assert focused == "status", "who uses the keyboard is not sent back to the top of the page"


async def test_every_frame_is_drawn_and_goes_into_the_link_to_the_app(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    link = f"{CARD}.querySelector('a')"
    assert await page.run(f"{link}.textContent") == "Open Example app"
    drawn = await page.run(f"{CARD}.querySelector('.picture path').getAttribute('d')")
    for frame in ("A", "B"):
        await stage.show(CODE + frame, 1000)
        await page.until(f"{link}.href === {json.dumps(APPS[0]['link'] + CODE + frame)}")
    assert await page.run(f"{CARD}.querySelector('.picture path').getAttribute('d')") != drawn
    assert CODE not in await page.run(f"{CARD}.textContent")
    await stage.say("scanned")
    await shows(page, "scanned")
    assert not await page.run(f"{link}.hasAttribute('href')")


async def test_links_that_would_run_something_are_not_shown(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    hostile = ["javascript:alert(1)//", "data:text/html,", "java\nscript:alert(1)//", "no address"]
    await stage.say("waiting", apps=[{"name": "<b>x</b>", "link": link} for link in [*hostile, "good://?otp="]])
    await page.until(f"{CARD}.querySelector('a').textContent === 'Open <b>x</b>'")
    assert await page.run(f"{CARD}.querySelectorAll('a').length") == 1


async def test_a_view_that_the_page_has_already_is_watched_without_asking_the_portal(stage: Stage, page: Page) -> None:
    await stage.say("waiting")
    await stage.show(CODE)
    await stage.open(page, f'<qr-login view="{stage.view_url}"></qr-login>')
    await page.until(PICTURED)
    await stage.say("expired")
    await shows(page, "expired")
    assert await page.run(f"{BUTTON}.hidden"), "there is nobody to ask for a new code"
    assert stage.starts == 0


async def test_with_gesture_only_a_persons_click_begins(stage: Stage, page: Page) -> None:
    await stage.open(page, '<qr-login start="/start" gesture></qr-login>')
    await shows(page, "start")
    await page.run(f"{BUTTON}.click(), {BUTTON}.dispatchEvent(new MouseEvent('click'))")
    await asyncio.sleep(0.2)
    assert stage.starts == 0
    await page.click(BUTTON)
    await page.until(PICTURED)
    assert stage.starts == 1


async def test_a_portal_that_refuses_is_told_to_the_page_and_can_be_asked_again(stage: Stage, page: Page) -> None:
    stage.start_status = 503
    await stage.open(page)
    await shows(page, "failed")
    assert await heard(page) == [["error", {"code": "start_failed", "message": "The portal answered 503"}]]
    stage.start_status = 200
    await page.click(BUTTON)
    await page.until(PICTURED)


@pytest.mark.parametrize("start", ["{server}/start", "javascript:alert(1)"])
async def test_a_login_is_started_at_the_pages_own_origin_only(stage: Stage, page: Page, start: str) -> None:
    await stage.open(page, f'<qr-login start="{start.format(server=stage.server)}"></qr-login>')
    await shows(page, "failed")
    assert [kind for kind, _ in await heard(page)] == ["error"]
    assert stage.starts == 0, "not even a portal that would answer is asked"


@pytest.mark.parametrize("finish", ["javascript:window.ran=true", "https://"])
async def test_a_page_that_leads_nowhere_shows_it_before_anybody_logs_in(stage: Stage, page: Page, finish: str) -> None:
    for gesture in ("", " gesture"):
        await stage.open(page, f'<qr-login start="/start" finish="{finish}"{gesture}></qr-login>')
        await shows(page, "failed")
        assert await words(page) == "That did not work / Please try again in a moment."
        await page.click(BUTTON)
        await page.until("window.heard.length === 2")
        assert [(kind, detail["code"]) for kind, detail in await heard(page)] == [("error", "finish_failed")] * 2
    assert stage.starts == 0
    await page.run("document.querySelector('qr-login').setAttribute('finish', '/account')")
    await page.click(BUTTON)
    await page.until(PICTURED)


async def test_after_the_login_nothing_runs_in_the_page_even_where_its_policy_allows_it(
    stage: Stage, page: Page
) -> None:
    stage.policy = "script-src * 'unsafe-inline'"
    await stage.open(page)
    await page.until(PICTURED)
    await page.run("document.querySelector('qr-login').setAttribute('finish', 'javascript:window.ran=true')")
    await stage.say("accepted")
    await page.until("window.heard.at(-1)[1].code === 'finish_failed'")
    await shows(page, "failed")
    await asyncio.sleep(0.3)
    assert await page.run("window.ran") is None


async def test_a_text_that_no_qr_code_holds_is_an_error_and_no_broken_page(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    await stage.show("x" * 900)
    await shows(page, "failed")
    assert (await heard(page))[-1][1]["code"] == "not_drawable"


async def test_an_element_that_is_taken_away_hangs_up_and_begins_anew_when_put_back(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    assert len(stage.view.streams) == 1
    await page.run("window.taken = document.querySelector('qr-login'), window.taken.remove()")
    async with asyncio.timeout(5):
        while stage.view.streams:  # it has hung up when nothing can be written any more
            await stage.say("scanned")
            await asyncio.sleep(0.05)
    assert [detail["state"] for _, detail in await heard(page)] == ["waiting"]
    assert await page.run("window.taken.shadowRoot.querySelector('.picture path').hasAttribute('d')") is False
    await page.run("document.body.append(window.taken)")
    await page.until(PICTURED)
    assert stage.starts == 2


async def test_a_hidden_page_listens_on_and_draws_when_it_is_seen_again(stage: Stage, page: Page) -> None:
    await stage.open(page)
    await page.until(PICTURED)
    path = f"{CARD}.querySelector('.picture path').getAttribute('d')"
    drawn = await page.run(path)
    await page.run("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    await stage.show(CODE + "hidden")
    await asyncio.sleep(0.2)
    assert await page.run(path) == drawn
    await page.run("delete document.hidden, document.dispatchEvent(new Event('visibilitychange'))")
    await page.until(f"{path} !== {json.dumps(drawn)}")
    await page.run("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    await stage.say("scanned")
    await shows(page, "scanned")
