"""What is configured in the console, with a real browser, works at the portal API, and fits every screen."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.fuzz.test_logos import png
from tests.support.chromium import Page
from tests.support.desk import PASSWORD, Desk
from tests.support.signing_portal import jwks_of, key_of
from token_server.crypto import totp
from token_server.domain.operators import Role

pytestmark = [pytest.mark.needs_browser, pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)]

NEW = "/new/authentication-type"
MARKUP = "<img src=x onerror=alert(1)>"
VERSION = {"platform": "android", "version": f"1.0 {MARKUP}"}
PAGES = (
    "/authentication-types",
    "/authentication-types/approve",
    "/authentication-types/approve/rename",
    "/api-clients",
    "/api-clients/shop",
    "/new/api-client",
    "/api-clients/shop/secret",
    "/mobile-config",
    "/features",
    "/applications",
    "/applications/bank-app",
    "/applications/bank-app/version",
    f"/applications/bank-app/version?{urlencode(VERSION)}",
    f"/applications/bank-app/version/remove?{urlencode(VERSION)}",
    "/new/application",
)
PHOTOS = os.environ.get("PHOTOS")  # a folder: leave photos there, for a person to look at
SAVE = "[...document.querySelectorAll('main button.main')].at(-1)"


async def type_in(page: Page, name: str, text: str) -> None:
    """Replace what stands in the first field of that name."""
    await page.run(f"document.querySelector('[name={name}]').select()")
    await page.do("Input.insertText", text=text)


async def keep_photo(page: Page, name: str) -> None:
    """Take a photo of what is on the screen, if somebody wants to look at it."""
    if PHOTOS:
        (Path(PHOTOS) / f"{name}.png").write_bytes(await page.photo())


async def press_and_arrive(page: Page, place: str) -> None:
    """Press the page's own button, and be at that path, on a page that has come since."""
    await page.run(f"{SAVE}.scrollIntoView({{block: 'center'}})")
    await page.run("void (document.isPressed = true)")
    await page.click(SAVE)
    await page.until(f"!document.isPressed && location.pathname === '{place}' && document.readyState === 'complete'")


async def sign_in(desk: Desk, page: Page) -> None:
    """Sign an admin in, in the browser."""
    anna = await desk.at_home("anna", Role.ADMIN)
    desk.world.clock.move(totp.STEP_S)
    await page.open(f"{desk.world.server.desk}/sign-in")
    await type_in(page, "name", "anna")
    await type_in(page, "password", PASSWORD)
    await press_and_arrive(page, "/sign-in/second-factor")
    await type_in(page, "code", anna.code())
    await press_and_arrive(page, "/")


async def make_a_type(desk: Desk, page: Page) -> None:
    """Fill in the form of a new type, and save it."""
    await page.open(f"{desk.world.server.desk}{NEW}")
    await type_in(page, "name", "approve")
    await type_in(page, "expires_in_s", "45")
    await type_in(page, "default_messages_language", "en")
    await type_in(page, "default_messages_text", "Approve it at <b>Example</b>")
    await press_and_arrive(page, "/authentication-types")


async def make_an_application(desk: Desk, page: Page) -> None:
    """Fill in the forms of a new application and of its first version, with markup wherever text may be."""
    await page.open(f"{desk.world.server.desk}/new/application")
    await type_in(page, "identifier", "bank-app")
    await type_in(page, "name", f"Bank {MARKUP}")
    await type_in(page, "deep_link", 'bankapp:"><script>alert(1)</script>')
    await press_and_arrive(page, "/applications/bank-app")
    await page.open(f"{desk.world.server.desk}/applications/bank-app/version")
    await type_in(page, "version", VERSION["version"])
    await press_and_arrive(page, "/applications/bank-app")


async def test_an_application_made_in_the_console_lets_its_phones_register_and_is_shown_as_text(
    desk: Desk, page: Page
) -> None:
    await sign_in(desk, page)
    await make_an_application(desk, page)
    assert f"Bank {MARKUP}" in await page.run("document.querySelector('main h1').textContent")
    assert VERSION["version"] in await page.run("document.querySelector('main td[data-label=Version]').textContent")
    about = {"application_identifier": "bank-app", "application_platform": "android", "device_name": "A phone"}
    for version, status in ((VERSION["version"], 201), ("0.9", 403)):
        body = {**about, "application_version": version}
        async with desk.world.portal.post("/oauth/register", json=body) as answer:
            assert answer.status == status
    for path in PAGES[-6:]:
        await page.open(f"{desk.world.server.desk}{path}")
        assert await page.run("!document.querySelector('main img, main script')"), path
    assert page.complaints == []


async def test_an_endpoint_is_tried_with_a_button_and_the_page_shows_how_it_went(desk: Desk, page: Page) -> None:
    await sign_in(desk, page)
    uri = f"{desk.world.callbacks.url}/tried?x=%3Cb%3E&y=<b>"
    await page.open(f"{desk.world.server.desk}/callback-endpoints")
    await type_in(page, "callback_uri", uri)
    await press_and_arrive(page, "/callback-endpoints")
    await page.click("[...document.querySelectorAll('a[href*=\"/test?\"]')].find(e => e.href.includes('tried'))")
    await page.until("location.pathname === '/callback-endpoints/test' && document.readyState === 'complete'")
    for status, verdict in ((204, "It works"), (302, "It does not work yet")):
        desk.world.callbacks.status = status
        await page.click(SAVE)
        await page.until(f"document.querySelector('#answer')?.textContent === '{verdict}'")
        await keep_photo(page, f"1280_tried_{status}")
    assert [each.headers["webhook-id"][:5] for each in desk.world.callbacks.heard] == ["test_"] * 2
    assert await page.run("!document.querySelector('main b')")
    assert page.complaints == []


async def test_a_type_made_in_the_console_is_started_through_the_portal_api(desk: Desk, page: Page) -> None:
    await sign_in(desk, page)
    await make_a_type(desk, page)
    assert "approve is there" in await page.run("document.querySelector('.flash').textContent")
    started = await desk.world.start("approve")
    assert (await desk.world.result(started["transaction_id"]))["status"] == 200
    assert page.complaints == []


async def test_a_portal_gets_its_keys_and_its_logo_in_the_browser(desk: Desk, page: Page, tmp_path: Path) -> None:
    await sign_in(desk, page)
    (tmp_path / "logo.png").write_bytes(png("RGB", (300, 200)))
    await page.open(f"{desk.world.server.desk}/api-clients/shop")
    await page.run("document.querySelector('[name=authentication_method]').value = 'both'")
    await type_in(page, "jwks", jwks_of(key_of("EdDSA"), key_of("ES256")))
    await press_and_arrive(page, "/api-clients")
    assert "shop is changed." in await page.run("document.querySelector('.flash').textContent")
    await page.open(f"{desk.world.server.desk}/api-clients/shop")
    root = await page.do("DOM.getDocument")
    field = await page.do("DOM.querySelector", nodeId=root["root"]["nodeId"], selector="#logo")
    await page.do("DOM.setFileInputFiles", nodeId=field["nodeId"], files=[str(tmp_path / "logo.png")])
    button = "[...document.querySelectorAll('button')].find((each) => each.textContent === 'Use this picture')"
    await page.run(f"{button}.scrollIntoView({{block: 'center'}})")
    await page.click(button)
    await page.until("document.querySelector('img.logo')?.naturalWidth === 256")
    assert "from the next login on" in await page.run("document.querySelector('.flash').textContent")
    assert "\n" in await page.run("document.querySelector('[name=jwks]').value")
    for width in (360, 1280):
        await page.resize(width, 1900)
        assert await page.run("document.documentElement.scrollWidth <= innerWidth"), width
        await keep_photo(page, f"{width}_client_with_keys_and_logo")
    assert page.complaints == []


async def test_every_page_fits_a_phone_and_a_desk_and_says_nothing_to_the_console(desk: Desk, page: Page) -> None:
    await sign_in(desk, page)
    await make_a_type(desk, page)
    await make_an_application(desk, page)
    for width, colours in ((360, "light"), (1280, "dark")):
        await page.resize(width, 900)
        await page.prefer(color_scheme=colours)
        for path in PAGES:
            await page.open(f"{desk.world.server.desk}{path}")
            assert await page.run("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            assert await page.run("!document.querySelector('main b, main img, main script')"), path
            await keep_photo(page, f"{width}{path.replace('/', '_')}")
    assert page.complaints == []
