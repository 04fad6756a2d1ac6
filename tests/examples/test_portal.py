"""The example portal: the way in, the way back, and everything that must not be a way in."""

from __future__ import annotations

import re
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from aiohttp import ClientSession, encode_basic_auth

from examples.demo.browser import Browser
from examples.demo.stage import free_port
from examples.portal.pages import HERE
from examples.portal.portal import running_portal
from examples.portal.settings import Settings
from sdk_stub.errors import Code, SdkError
from sdk_stub.otp_strings import read_otp_string
from sdk_stub.qr import read_qr_code
from sdk_stub.sdk import OneWelcomeSdk
from tests.examples.conftest import CALLBACK_PASSWORD, CALLBACK_USERNAME
from tests.support.phone import answer_with
from tests.support.server import World

LOGIN_PAGE, PROTECTED_PAGE, FRONT_DOOR = "Scan to sign in", ("/account", "Welcome, alice"), ("/", "Good to see you")


async def scan(browser: Browser, folder: Path) -> str:
    """What a camera reads from the picture that the browser shows."""
    picture = folder / "login.png"
    picture.write_bytes(await browser.picture())
    return read_qr_code(picture)


async def test_a_user_signs_in_by_phone(browser: Browser, phone: OneWelcomeSdk, tmp_path: Path) -> None:
    assert await browser.sign_in() == LOGIN_PAGE
    answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(await scan(browser, tmp_path))
    await browser.wait()
    assert await browser.finish() == PROTECTED_PAGE


async def test_another_browser_cannot_redeem_the_login(
    portal: str, browser: Browser, phone: OneWelcomeSdk, tmp_path: Path
) -> None:
    await browser.sign_in()
    text = await scan(browser, tmp_path)
    answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(text)
    await browser.wait()
    transaction_id = read_otp_string(text).transaction_id
    async with Browser(portal) as stranger, ClientSession(portal) as session:
        for query in ("", f"?transaction_id={transaction_id}"):
            for path in ("/login/finish", "/login/wait", "/login/qr.svg", "/login", "/account"):
                async with session.get(path + query) as response:
                    assert response.url.path == "/", path
        await stranger.sign_in()  # a session and a transaction of his own do not help
        assert await stranger.finish() == ("/login", LOGIN_PAGE)
    assert await browser.finish() == PROTECTED_PAGE


async def test_a_result_signs_in_once(browser: Browser, phone: OneWelcomeSdk, tmp_path: Path) -> None:
    await browser.sign_in()
    before = browser.cookies()
    answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(await scan(browser, tmp_path))
    assert await browser.finish() == PROTECTED_PAGE
    after = browser.cookies()
    await browser.log_out()
    assert await browser.open("/login/finish") == FRONT_DOOR
    for stolen in (before, after):  # neither the session that waited nor the one that was ended lets anybody in
        async with ClientSession(browser.portal_url, cookies=stolen) as session:
            for path in ("/login/finish", "/account"):
                async with session.get(path) as response:
                    assert response.url.path == "/"


async def test_signing_in_changes_the_session_id(browser: Browser, phone: OneWelcomeSdk, tmp_path: Path) -> None:
    await browser.sign_in()
    planted = browser.cookies()
    answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(await scan(browser, tmp_path))
    await browser.finish()
    assert browser.cookies() != planted


async def test_a_denial_signs_nobody_in(browser: Browser, phone: OneWelcomeSdk, tmp_path: Path) -> None:
    await browser.sign_in()
    answer_with(phone, "deny", "not_me")
    with pytest.raises(SdkError) as refused:
        await phone.handle_mobile_auth_with_otp(await scan(browser, tmp_path))
    assert refused.value.code is Code.ActionCanceled
    assert await browser.finish() == ("/login/finish", "You said no")
    assert await browser.open("/account") == FRONT_DOOR


async def test_an_expired_code_is_told_and_a_new_one_offered(browser: Browser, world: World) -> None:
    await browser.sign_in()
    world.clock.move(61)
    assert await browser.finish() == ("/login/finish", "That code has expired")
    assert await browser.sign_in() == LOGIN_PAGE


async def test_a_result_that_the_server_has_forgotten_counts_as_expired(browser: Browser, world: World) -> None:
    await browser.sign_in()
    world.clock.move(3600)
    assert await browser.finish() == ("/login/finish", "That code has expired")


async def test_without_scripts_the_page_asks_again_by_itself(browser: Browser, portal: str) -> None:
    await browser.sign_in()
    page = await browser.read("/login")
    assert re.search(r'<noscript><meta http-equiv="refresh" content="\d+; url=/login/finish"></noscript>', page)
    assert await browser.open("/login/finish") == ("/login", LOGIN_PAGE)


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(portal: str) -> None:
    async with ClientSession(portal) as session, session.post("/login", allow_redirects=False) as response:
        (cookie,) = SimpleCookie(response.headers["Set-Cookie"]).values()
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


@pytest.mark.parametrize("path", ["/login", "/link", "/logout"])
async def test_forms_of_other_sites_are_refused(portal: str, path: str) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    async with ClientSession(portal) as session, session.post(path, data={"user": "eve"}, headers=foreign) as response:
        assert response.status == 403


async def test_a_callback_needs_the_portals_own_credentials(portal: str) -> None:
    body = {"callback_uri": f"{portal}/callback", "transaction_id": "unknown"}
    right = encode_basic_auth(CALLBACK_USERNAME, CALLBACK_PASSWORD)
    wrong = encode_basic_auth(CALLBACK_USERNAME, "guess")
    async with ClientSession(portal) as session:
        for authorization, status in ((wrong, 401), ("", 401), ("Bearer é", 401), (right, 204)):
            headers = {"Authorization": authorization}
            async with session.post("/callback", json=body, headers=headers) as response:
                assert response.status == status


async def test_what_a_user_types_is_text(browser: Browser) -> None:
    page = await browser.read("/link", user="<img src=x onerror=alert(1)>")
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("path", ["/", "/link", "/account", "/static/login.js", "/nowhere"])
async def test_every_answer_forbids_what_the_portal_does_not_need(portal: str, path: str) -> None:
    async with ClientSession(portal) as session, session.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_keep_to_their_policy() -> None:
    pages = {path.name: path.read_text("utf-8") for path in (HERE / "templates").glob("*.html")}
    inline = re.compile(r"<style|\bstyle=|\bon\w+=|javascript:|<script(?![^>]*\bsrc=\"/static/)|https?://")
    assert [name for name, text in pages.items() if inline.search(text)] == []


async def test_without_a_token_server_nobody_gets_in_and_nobody_learns_why(portal_settings: Settings) -> None:
    settings = replace(portal_settings, port=free_port(), token_server=f"http://127.0.0.1:{free_port()}")
    async with (
        running_portal(settings),
        ClientSession(f"http://127.0.0.1:{settings.port}") as session,
        session.post("/login") as response,
    ):
        assert response.status == 503
        page = await response.text()
    assert "That did not work" in page
    assert "127.0.0.1" not in page
