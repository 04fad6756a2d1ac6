"""The example portal: the way in, the way back, and everything that must not be a way in."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from aiohttp import ClientSession

from examples.demo.browser import Browser
from examples.demo.stage import free_port
from examples.phone.app import Phone
from examples.portal.pages import HERE
from examples.portal.portal import running_portal
from examples.portal.settings import Settings
from sdk_stub.errors import Code, SdkError
from sdk_stub.otp_strings import read_otp_string
from sdk_stub.qr import read_qr_code
from sdk_stub.sdk import OneWelcomeSdk
from tests.support.phone import answer_with
from tests.support.server import World

LOGIN_PAGE, PROTECTED_PAGE, FRONT_DOOR = (
    "Sign in with your phone",
    ("/account", "Welcome, alice"),
    ("/", "Good to see you"),
)
REFUSALS = {"not_me": "Good that you looked", "changed_my_mind": "You said no"}


async def scan(browser: Browser, folder: Path) -> str:
    """What a camera reads from the picture that the browser shows."""
    picture = folder / "login.png"
    picture.write_bytes(await browser.picture())
    return read_qr_code(picture)


async def accept(browser: Browser, phone: OneWelcomeSdk, folder: Path) -> None:
    """Scan what the browser shows, and say yes."""
    answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(await scan(browser, folder))


async def test_a_user_signs_in_by_phone(browser: Browser, phone: OneWelcomeSdk, tmp_path: Path) -> None:
    assert await browser.start() == LOGIN_PAGE
    seen = asyncio.create_task(states(browser))
    await accept(browser, phone, tmp_path)
    assert (await seen)[-1] == {"state": "accepted"}
    assert await browser.finish() == PROTECTED_PAGE


async def states(browser: Browser) -> list[dict[str, object]]:
    return [state async for state in browser.watch()]


async def test_another_browser_cannot_redeem_the_login(
    portal: str, browser: Browser, phone: OneWelcomeSdk, tmp_path: Path
) -> None:
    await browser.start()
    transaction_id = read_otp_string(await scan(browser, tmp_path)).transaction_id
    await accept(browser, phone, tmp_path)
    async with Browser(portal) as stranger, ClientSession(portal) as session:
        for query in ("", f"?transaction_id={transaction_id}"):
            for path in ("/login/finish", "/login/plain", "/pay/finish", "/account"):
                async with session.get(path + query) as response:
                    assert response.url.path == "/", path
        await stranger.start()  # a session and a transaction of his own do not help
        assert await stranger.finish() == ("/login", LOGIN_PAGE)
    assert await browser.finish() == PROTECTED_PAGE


async def test_a_result_signs_in_once(browser: Browser, phone: OneWelcomeSdk, tmp_path: Path) -> None:
    await browser.start()
    before = browser.cookies()
    await accept(browser, phone, tmp_path)
    assert await browser.finish() == PROTECTED_PAGE
    after = browser.cookies()
    assert before != after, "a session id that was planted before is worth nothing"
    await browser.log_out()
    assert await browser.open("/login/finish") == FRONT_DOOR
    for stolen in (before, after):  # neither the session that waited nor the one that was ended lets anybody in
        async with ClientSession(browser.portal_url, cookies=stolen) as session:
            for path in ("/login/finish", "/account"):
                async with session.get(path) as response:
                    assert response.url.path == "/"


async def test_of_two_tabs_that_fetch_one_result_one_is_signed_in(
    browser: Browser, phone: OneWelcomeSdk, tmp_path: Path
) -> None:
    await browser.start()
    await accept(browser, phone, tmp_path)

    async def finish(tab: ClientSession) -> str | None:
        async with tab.get("/login/finish", allow_redirects=False) as response:
            return response.headers.get("Set-Cookie")

    async with ClientSession(browser.portal_url, cookies=browser.cookies()) as one:
        began = await asyncio.gather(finish(one), finish(one))
    assert [cookie is None for cookie in began].count(False) == 1


async def test_a_session_that_starts_another_login_is_worth_nothing_any_more(
    browser: Browser, phone: OneWelcomeSdk, tmp_path: Path
) -> None:
    await browser.start()
    await accept(browser, phone, tmp_path)
    await browser.finish()
    signed_in = browser.cookies()
    await browser.start()
    async with ClientSession(browser.portal_url, cookies=signed_in) as stolen, stolen.get("/account") as response:
        assert response.url.path == "/"


@pytest.mark.parametrize("reason", REFUSALS)
async def test_a_denial_signs_nobody_in(browser: Browser, phone: OneWelcomeSdk, tmp_path: Path, reason: str) -> None:
    await browser.start()
    answer_with(phone, "deny", reason)
    with pytest.raises(SdkError) as refused:
        await phone.handle_mobile_auth_with_otp(await scan(browser, tmp_path))
    assert refused.value.code is Code.ActionCanceled
    assert await browser.finish() == ("/login/finish", REFUSALS[reason])
    assert await browser.open("/account") == FRONT_DOOR


async def test_somebody_elses_yes_pays_nothing(
    world: World, browser: Browser, phone: OneWelcomeSdk, tmp_path: Path
) -> None:
    await browser.start()
    await accept(browser, phone, tmp_path)
    await browser.finish()
    for user, page in (("bob", "Nothing was paid"), ("alice", "25.00 euro to Example Shop")):
        await browser.start("/pay")
        async with Phone(world.url, tmp_path / f"{user}.json") as other:
            await other.register(await world.registration_code(user))
            await other.sdk.enroll_mobile_authentication()
            await other.scan(await scan(browser, tmp_path))
            assert await other.accept(await number(browser)) is None
        assert await browser.finish("/pay/finish") == ("/pay/finish", page)
        assert await browser.finish("/pay/finish") == ("/pay", "25.00 euro to Example Shop"), "it is paid once"


async def test_whoever_looks_for_the_end_too_early_has_lost_no_payment(
    browser: Browser, phone: OneWelcomeSdk, world: World, tmp_path: Path
) -> None:
    await browser.start()
    await accept(browser, phone, tmp_path)
    await browser.finish()
    await browser.start("/pay")
    assert await browser.finish("/pay/finish") == ("/pay", "25.00 euro to Example Shop")
    async with Phone(world.url, tmp_path / "alice.json") as other:
        await other.register(await world.registration_code("alice"))
        await other.sdk.enroll_mobile_authentication()
        await other.scan(await scan(browser, tmp_path))
        assert await browser.finish("/pay/finish") == ("/pay", "25.00 euro to Example Shop")
        assert await other.accept(await number(browser)) is None
    assert await browser.finish("/pay/finish") == ("/pay/finish", "25.00 euro to Example Shop")


async def number(browser: Browser) -> str:
    """The number that the page shows."""
    async for state in browser.watch():
        if state["state"] == "number":
            return str(state["number"])
    raise AssertionError("no number is shown")


@pytest.mark.parametrize("seconds", [61, 3600], ids=["expired", "forgotten"])
async def test_an_expired_login_is_told_and_a_new_one_offered(browser: Browser, world: World, seconds: int) -> None:
    await browser.start()
    world.clock.move(seconds)
    assert await browser.finish() == ("/login/finish", "That code has expired")
    assert await browser.start() == LOGIN_PAGE


async def test_without_scripts_the_page_loads_itself_again_and_shows_the_servers_picture(
    browser: Browser, phone: OneWelcomeSdk, tmp_path: Path
) -> None:
    assert '<noscript><form method="post" action="/login/plain">' in await browser.read("/login")
    page = await browser.read("/login/plain", pressed="yes")
    assert re.search(r'<meta http-equiv="refresh" content="\d+; url=/login/plain">', page)
    shown = re.search(r'<img class="qr" src="(.*?)/qr\.png', page)
    assert shown is not None
    browser.view_url = shown[1]
    assert await browser.open("/login/plain") == ("/login/plain", LOGIN_PAGE)
    await accept(browser, phone, tmp_path)
    assert await browser.open("/login/plain") == PROTECTED_PAGE


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(portal: str) -> None:
    async with ClientSession(portal) as session, session.post("/login") as response:
        (cookie,) = SimpleCookie(response.headers["Set-Cookie"]).values()
        assert (await response.json()).keys() == {"view_url"}
    assert (bool(cookie["httponly"]), cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


async def test_behind_https_the_cookie_is_secure_and_the_hosts_own(portal: str, portal_settings: Settings) -> None:
    port = free_port()
    settings = replace(portal_settings, url="https://bank.example", port=port)
    async with (
        running_portal(settings),
        ClientSession(f"http://127.0.0.1:{port}") as session,
        session.post("/logout", allow_redirects=False) as response,
    ):
        (cookie,) = SimpleCookie(response.headers["Set-Cookie"]).values()
    assert (cookie.key, bool(cookie["secure"]), cookie["domain"]) == ("__Host-session", True, "")


@pytest.mark.parametrize("path", ["/login", "/login/plain", "/pay", "/link", "/logout"])
async def test_forms_of_other_sites_are_refused(portal: str, path: str) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    async with ClientSession(portal) as session, session.post(path, data={"user": "eve"}, headers=foreign) as response:
        assert response.status == 403


async def test_what_a_user_types_is_text(browser: Browser) -> None:
    page = await browser.read("/link", user="<img src=x onerror=alert(1)>")
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("path", ["/", "/login", "/link", "/account", "/static/portal.css", "/nowhere"])
async def test_every_answer_forbids_what_the_portal_does_not_need(portal: str, path: str) -> None:
    async with ClientSession(portal) as session, session.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert ("/widget/v1/qr-login.js;" in policy) is (path == "/login")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_keep_to_their_policy() -> None:
    pages = {path.name: path.read_text("utf-8") for path in (HERE / "templates").glob("*.html")}
    inline = re.compile(r"<style|\bstyle=|\bon\w+=|javascript:|<script(?![^>]*\bintegrity=)|https?://")
    assert [name for name, text in pages.items() if inline.search(text)] == []


async def test_without_a_token_server_nobody_gets_in_and_nobody_learns_why(portal_settings: Settings) -> None:
    settings = replace(portal_settings, port=free_port(), token_server=f"http://127.0.0.1:{free_port()}")
    async with running_portal(settings), ClientSession(f"http://127.0.0.1:{settings.port}") as session:
        for verb in ("GET", "POST"):
            async with session.request(verb, "/login") as response:
                assert response.status == 503
                page = await response.text()
            assert "That did not work" in page
            assert "127.0.0.1" not in page
