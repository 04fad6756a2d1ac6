"""The story that `make serve` opens: the portal in one window, the phone page in another, one person before both."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import segno
from aiohttp import ClientSession
from PIL import Image

from tests.end_to_end.screens import (
    CARD,
    LOADED,
    PICTURED,
    SHOWN,
    WIDGET_BUTTON,
    headed,
    link_phone,
    on_screen,
    open_login,
    photo,
    press,
    scan_window,
    view,
)
from tests.support.chromium import Chromium, Page
from tests.support.required_components import require
from tests.support.server import World

pytestmark = pytest.mark.needs_browser

TITLE = f"{SHOWN}.querySelector('h2').textContent"
TOAST = "document.querySelector('[data-toast]').textContent"


async def test_link_sign_in_and_pay_by_clicks(portal: str, page: Page, phone_page: Page, tmp_path: Path) -> None:
    await photo(phone_page, tmp_path, "phone-unlinked")
    await link_phone(phone_page)
    await page.open(f"{portal}/")
    await press(page, "Sign in with your phone")
    await page.until(PICTURED)
    await photo(phone_page, tmp_path, "phone-ready")
    await scan_window(phone_page)
    await page.until(view("scanned"))
    asked = await phone_page.run(f"{SHOWN}.innerText")
    for words in ("Sign in to Example Bank?", "Example Bank", portal, "127.0.0.1", "on Linux"):
        assert words in asked
    await phone_page.until("document.querySelector('[data-logo]').naturalWidth === 64")
    await photo(phone_page, tmp_path, "phone-asked")
    await press(phone_page, "Accept")
    await page.until("location.pathname === '/account'")
    await page.until(headed("Welcome, alice"))
    await phone_page.until(on_screen("told"))
    await photo(phone_page, tmp_path, "phone-told")
    await press(phone_page, "Done")

    await press(page, "Pay 25.00 euro")
    await page.until(view("start"))
    assert await page.run(f"{CARD}.querySelector('.title').textContent") == "Confirm with your phone"
    await page.click(WIDGET_BUTTON)
    await page.until(PICTURED)
    await scan_window(phone_page)
    await page.until(view("number"))
    number = await page.run(f"{CARD}.querySelector('.number').textContent")
    await phone_page.run("document.querySelector('#number').focus()")
    await phone_page.do("Input.insertText", text="00" if number != "00" else "99")
    await press(phone_page, "Accept")
    await phone_page.until("document.querySelector('#tries').textContent.includes('2 more tries')")
    await photo(page, tmp_path, "pay-number")
    await photo(phone_page, tmp_path, "phone-number")
    await phone_page.do("Input.insertText", text=number)  # the field has the focus by itself
    await phone_page.press("Enter")
    await page.until("location.pathname === '/pay/finish'")
    await page.until(headed("25.00 euro to Example Shop"))
    assert page.complaints == phone_page.complaints == []


async def test_not_me_is_told_in_both_windows_and_a_reload_keeps_the_screen(
    portal: str, page: Page, phone_page: Page
) -> None:
    await link_phone(phone_page)
    await open_login(page, portal)
    await scan_window(phone_page)
    await phone_page.do("Page.reload")
    await phone_page.until(on_screen("asked"))
    await press(phone_page, "This was not me")
    await page.until(view("not_me"))
    await phone_page.until(on_screen("told"))
    assert await phone_page.run(TITLE) == "Good that you looked"


async def test_the_phone_links_by_scanning_the_link_page_and_is_used_by_keyboard_alone(
    portal: str, page: Page, phone_page: Page
) -> None:
    await page.open(f"{portal}/link")
    await page.run("document.querySelector('#user').value = 'bob'")
    await press(page, "Get a code")
    await page.until(f"{LOADED} && document.querySelector('.qr svg')")
    await tab_to(phone_page, "Scan the other window")
    await phone_page.press("Enter")
    await phone_page.until(on_screen("told"))
    assert await phone_page.run("document.activeElement.textContent") == "Linked", "a screen reader is told"
    await tab_to(phone_page, "Done")
    await phone_page.press("Enter")
    await open_login(page, portal)
    await tab_to(phone_page, "Scan the other window")
    await phone_page.press("Enter")
    await phone_page.until(on_screen("asked"))
    assert await phone_page.run("document.activeElement.textContent") == "Sign in to Example Bank?"
    await tab_to(phone_page, "Accept")
    await phone_page.press("Enter")
    await page.until("location.pathname === '/account'")
    await page.until(headed("Welcome, bob"))


async def tab_to(page: Page, words: str) -> None:
    """Press Tab until the button with those words has the focus."""
    for _ in range(20):
        if await page.run("document.activeElement.textContent.trim()") == words:
            return
        await page.press("Tab")
    raise AssertionError(f"the keyboard does not reach {words}")


async def test_the_portals_pages_open_a_phone_in_a_window(portal: str, page: Page) -> None:
    await page.open(f"{portal}/")
    await press(page, "No app at hand? Open a phone in a window")
    open_windows: list[str] = []
    async with asyncio.timeout(10):
        while f"{portal}/phone" not in open_windows:
            open_windows = [each["url"] for each in (await page.do("Target.getTargets"))["targetInfos"]]
    assert await page.run("location.pathname") == "/", "the portal stays where it is"


async def test_nothing_to_scan_is_said(portal: str, page: Page, phone_page: Page) -> None:
    await page.open(f"{portal}/")
    await press(phone_page, "Scan the other window")
    await phone_page.until(TOAST)
    assert "No code is shown" in await phone_page.run(TOAST)


Bring = Callable[[Page, Page, Path], Awaitable[None]]


async def choose(_: Page, phone: Page, picture: Path) -> None:
    """Choose a file."""
    document = await phone.do("DOM.getDocument")
    found = await phone.do("DOM.querySelector", nodeId=document["root"]["nodeId"], selector="#picture")
    await phone.do("DOM.setFileInputFiles", files=[str(picture)], nodeId=found["nodeId"])


async def paste(_: Page, phone: Page, picture: Path) -> None:
    """Paste a screenshot."""
    encoded = base64.b64encode(picture.read_bytes()).decode()
    await phone.run(f"""(() => {{
        const octets = Uint8Array.from(atob("{encoded}"), (each) => each.charCodeAt(0));
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([octets], "shot.png", {{ type: "image/png" }}));
        document.body.dispatchEvent(new ClipboardEvent("paste", {{ clipboardData, bubbles: true }}));
    }})()""")


async def drag(page: Page, phone: Page, _: Path) -> None:
    """Drag the code from the portal's window onto the phone."""
    await page.do("Input.setInterceptDrags", enabled=True)
    dragged = page.hear("Input.dragIntercepted")
    box = await page.run("document.querySelector('qr-login').getBoundingClientRect().toJSON()")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.do("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", clickCount=1)
    for step in (10, 20, 40):
        await page.do("Input.dispatchMouseEvent", type="mouseMoved", x=x + step, y=y, button="left", buttons=1)
    data = (await dragged)["data"]
    for kind in ("dragEnter", "dragOver", "drop"):
        await phone.do("Input.dispatchDragEvent", type=kind, x=200, y=300, data=data)


@pytest.mark.parametrize("bring", [choose, paste, drag], ids=lambda each: each.__name__)
async def test_a_picture_can_be_brought_in_other_ways(
    portal: str, page: Page, phone_page: Page, tmp_path: Path, bring: Bring
) -> None:
    await link_phone(phone_page)
    await open_login(page, portal)
    await bring(page, phone_page, await photo(page, tmp_path, "screenshot"))
    await phone_page.until(on_screen("asked"))
    await press(phone_page, "Close")
    await phone_page.until(on_screen("ready"))
    assert phone_page.complaints == []


async def test_an_old_screenshot_is_refused_in_words(
    world: World, portal: str, page: Page, phone_page: Page, tmp_path: Path
) -> None:
    await link_phone(phone_page)
    await open_login(page, portal)
    screenshot = await photo(page, tmp_path, "screenshot")
    world.clock.move(10)
    await choose(page, phone_page, screenshot)
    await phone_page.until(on_screen("told"))
    assert await phone_page.run(TITLE) == "This code is no longer good"
    await photo(phone_page, tmp_path, "phone-refused")
    assert await page.run(f"{CARD}.dataset.view") == "waiting"


@pytest.fixture
async def camera_page(world: World, tmp_path: Path) -> AsyncIterator[Page]:
    """A window of a browser with a camera, before which somebody holds a code that links a phone."""
    code = await world.registration_code("carol")
    segno.make(code, error="m").save(str(tmp_path / "code.png"), scale=8, border=6)
    film = tmp_path / "film.mjpeg"
    picture = Image.new("RGB", (640, 480), "#667")
    picture.paste(Image.open(tmp_path / "code.png").convert("RGB"), (120, 40))
    picture.save(film, "JPEG")
    flags = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    (tmp_path / "profile").mkdir()
    browser = Chromium(
        require("chromium") / "chromium", tmp_path / "profile", *flags, f"--use-file-for-fake-video-capture={film}"
    )
    async with browser.page() as page:
        yield page
    browser.close()


async def test_a_camera_links_the_phone(camera_page: Page, portal: str, tmp_path: Path) -> None:
    await camera_page.resize(430, 860)
    await camera_page.open(f"{portal}/phone")
    await link_phone(camera_page)
    before = await camera_page.run("document.querySelector('[data-slot=profile]').textContent")
    await press(camera_page, "Camera")
    await camera_page.until("document.querySelector('[data-video]').videoWidth > 0")
    await photo(camera_page, tmp_path, "phone-camera")
    await camera_page.until(on_screen("told"))
    assert await camera_page.run(TITLE) == "Linked"
    await press(camera_page, "Done")
    await camera_page.until(f"document.querySelector('[data-slot=profile]').textContent !== {json.dumps(before)}")
    assert camera_page.complaints == []


async def test_the_phone_fits_every_screen_by_day_and_night(
    portal: str, page: Page, phone_page: Page, tmp_path: Path
) -> None:
    await link_phone(phone_page)
    await open_login(page, portal)
    await scan_window(phone_page)
    for width, height in ((360, 740), (360, 560), (1280, 900)):
        for scheme in ("light", "dark"):
            await phone_page.resize(width, height)
            await phone_page.prefer(color_scheme=scheme)
            await photo(phone_page, tmp_path, f"phone-{width}x{height}-{scheme}")
            assert await phone_page.run("document.documentElement.scrollWidth <= innerWidth")
            unreachable = f"{SHOWN}.scrollHeight > {SHOWN}.clientHeight + 1 && innerHeight > 700"
            assert not await phone_page.run(unreachable), "no scrolling before one can say no"


async def test_only_this_machine_may_press_the_phones_buttons(portal: str) -> None:
    async with ClientSession(portal) as session:
        for headers in ({"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            async with session.post("/phone/link", data=json.dumps({"user": "eve"}), headers=headers) as response:
                assert response.status == 403
        async with session.get("/phone") as response:
            policy = response.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'")
            assert "unsafe" not in policy
            page = await response.text()
    assert "<script type" in page
    assert "style=" not in page
