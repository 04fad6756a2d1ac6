"""The widget in the example portal, in a real browser, from first paint to signed in; and every other ending."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examples.phone.app import Phone
from sdk_stub.errors import Code, SdkError
from tests.end_to_end.screens import (
    CARD,
    PICTURED,
    headed,
    open_login,
    photo,
    press,
    read_by_zbar,
    view,
)
from tests.support.chromium import Chromium, Page
from tests.support.server import World

pytestmark = [pytest.mark.needs_browser, pytest.mark.needs_zbar]

TITLE = f"{CARD}.querySelector('.title').textContent"
SCREENS = [(360, 740, "light"), (360, 740, "dark"), (1280, 900, "light"), (1280, 900, "dark")]
IN_SHADOW = "document.activeElement?.shadowRoot?.activeElement"
CHANGES = {
    "code": f"{CARD}.querySelector('[part=picture] path').getAttribute('d')",
}


async def test_from_first_paint_to_signed_in_by_the_code_as_the_browser_painted_it(
    portal: str, page: Page, phone: Phone, tmp_path: Path
) -> None:
    await page.open(f"{portal}/")
    await press(page, "Sign in with your phone")
    await page.until(PICTURED)
    asked = await phone.scan(read_by_zbar(await photo(page, tmp_path, "login")))
    request = asked["mobileAuthenticationRequest"]
    assert (request["portal"]["name"], request["portal"]["origin"]) == ("Example Bank", portal)
    assert request["context"]["operating_system"] == "Linux"
    await page.until(view("scanned"))
    await photo(page, tmp_path, "login-scanned")
    assert await phone.accept() is None
    await page.until("location.pathname === '/account'")
    await page.until(headed("Welcome, alice"))
    assert page.complaints == [], "the strict policy and the hash of the module let everything through"


async def test_a_screenshot_that_is_ten_seconds_old_claims_nothing_and_the_live_code_does(
    world: World, portal: str, page: Page, phone: Phone, tmp_path: Path
) -> None:
    await open_login(page, portal)
    screenshot = await photo(page, tmp_path, "screenshot")
    painted = await page.run(CHANGES["code"])
    world.clock.move(10)
    with pytest.raises(SdkError) as refused:
        await phone.scan(read_by_zbar(screenshot))
    assert refused.value.code is Code.MobileAuthenticationRequestNotFound
    assert await page.run(f"{CARD}.dataset.view") == "waiting", "nothing has ended"
    await page.until(f"{CHANGES['code']} !== {json.dumps(painted)}")
    await phone.scan(read_by_zbar(await photo(page, tmp_path, "live")))
    await page.until(view("scanned"))


@pytest.mark.parametrize(("reason", "shown"), [("not_me", "not_me"), (None, "denied")])
async def test_a_denial_is_told_and_signs_nobody_in(
    portal: str, page: Page, phone: Phone, tmp_path: Path, reason: str | None, shown: str
) -> None:
    await open_login(page, portal)
    await phone.scan(read_by_zbar(await photo(page, tmp_path, "login")))
    await phone.deny(reason)
    await page.until(view(shown))
    await photo(page, tmp_path, f"login-{shown}")
    await page.open(f"{portal}/login/finish")
    await page.until(headed({"not_me": "Good that you looked", "denied": "You said no"}[shown]))
    await page.do("Page.navigate", url=f"{portal}/account")
    await page.until("location.pathname === '/'")


async def test_an_expired_code_is_renewed_and_signs_in_by_keyboard_alone(
    world: World, portal: str, page: Page, phone: Phone, tmp_path: Path
) -> None:
    await page.open(f"{portal}/")
    while await page.run("document.activeElement.textContent") != "Sign in with your phone":
        await page.press("Tab")
    await page.press("Enter")
    await page.until(PICTURED)
    first = read_by_zbar(await photo(page, tmp_path, "first"))
    world.clock.move(61)
    await page.until(view("expired"))
    while await page.run(f"{IN_SHADOW}?.textContent") != "New code":
        await page.press("Tab")
    await page.press("Enter")
    await page.until(PICTURED)
    with pytest.raises(SdkError):
        await phone.scan(first)
    await phone.scan(read_by_zbar(await photo(page, tmp_path, "second")))
    await phone.accept()
    await page.until("location.pathname === '/account'")
    assert page.complaints == []


async def test_a_login_that_the_server_has_forgotten_is_told_to_be_over(world: World, portal: str, page: Page) -> None:
    await open_login(page, portal)
    unknown = f"{world.url}/view/tsv_{'A' * 43}"
    await page.run(f"document.querySelector('qr-login').setAttribute('view', {json.dumps(unknown)})")
    await page.until(view("expired"))
    assert not any("CORS" in complaint for complaint in page.complaints)


async def test_the_widget_speaks_the_visitors_language(portal: str, page: Page) -> None:
    await open_login(page, portal)
    said = set()
    for language in ("en", "nl", "de", "fr"):
        await page.run(f"document.querySelector('qr-login').lang = '{language}'")
        said.add(await page.run(TITLE))
    assert len(said) == 4
    assert page.complaints == []


async def test_on_every_screen_by_day_and_night_it_fits_and_can_be_scanned(
    portal: str, page: Page, tmp_path: Path
) -> None:
    await open_login(page, portal)
    transaction = f"{CARD}.dataset.view"
    for width, height, scheme in SCREENS:
        await page.resize(width, height)
        await page.prefer(color_scheme=scheme)
        assert await page.run("document.documentElement.scrollWidth <= innerWidth")
        await page.run("document.querySelector('qr-login').scrollIntoView({ block: 'center' })")
        assert read_by_zbar(await photo(page, tmp_path, f"login-{width}-{scheme}"))
        assert await page.run(transaction) == "waiting"
    ground = await page.run("getComputedStyle(document.querySelector('.card')).backgroundColor")
    assert ground == "rgb(21, 30, 27)", "dark is on"


async def test_what_one_browser_started_another_cannot_redeem(
    chromium: Chromium, portal: str, page: Page, phone: Phone, tmp_path: Path
) -> None:
    await open_login(page, portal)
    await page.run("document.querySelector('qr-login').removeAttribute('finish')")
    await phone.scan(read_by_zbar(await photo(page, tmp_path, "login")))
    await phone.accept()
    await page.until(view("accepted"))
    async with chromium.page() as stranger:
        for path in ("/login/finish", "/account"):
            await stranger.do("Page.navigate", url=portal + path)
            await stranger.until("location.pathname === '/' && document.readyState === 'complete'")
        await open_login(stranger, portal)
        await stranger.do("Page.navigate", url=f"{portal}/login/finish")
        await stranger.until(PICTURED)
        assert await stranger.run("location.pathname") == "/login", "his own login is still open"
    await page.do("Page.navigate", url=f"{portal}/login/finish")
    await page.until("location.pathname === '/account'")


async def test_without_scripts_the_servers_picture_signs_in(
    portal: str, page: Page, phone: Phone, tmp_path: Path
) -> None:
    await page.do("Emulation.setScriptExecutionDisabled", value=True)
    await page.open(f"{portal}/login")
    await press(page, "Show the code")
    await page.until("document.querySelector('img.qr')?.naturalWidth > 0")
    await phone.scan(read_by_zbar(await photo(page, tmp_path, "login-plain")))
    await phone.accept()
    await page.until("location.pathname === '/account'")
    assert page.complaints == []
