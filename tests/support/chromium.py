"""A real browser for tests: headless Chromium, driven through its own debugging protocol.

`page` is a tab with a profile of its own (cookies, cache) in a browser that all tests of a process share; one that was
emptied is used again, for a new window costs as much as most tests do in it. Mark the test with `needs_browser`; it is
skipped loudly, or fails in CI, where there is no Chromium.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

from tests.support.required_components import require

PATIENCE_S = 20.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--window-size=1280,900",
)
LEFT = "Inspected target navigated or closed"  # Chromium's words for it
COMPLAINTS = ("Log.entryAdded", "Runtime.exceptionThrown")
KEYS = {"Enter": (13, "\r"), " ": (32, " "), "Tab": (9, "")}


class HasLeft(AssertionError):
    """The page went elsewhere before it had answered."""


class Page:
    """One tab; `complaints` is what its console says of errors, refusals and failed requests."""

    def __init__(self, socket: ClientWebSocketResponse, profile: str = "") -> None:
        self._socket = socket
        self.profile = profile
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._awaited: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.complaints: list[str] = []

    async def read(self) -> None:
        """Take in what the browser says until the tab is gone."""
        async for message in self._socket:
            said = message.json()
            if said.get("method") in COMPLAINTS:
                self.complaints.append(json.dumps(said["params"]))
            awaited = self._awaited.pop(said.get("method", ""), None)
            if awaited is not None and not awaited.done():
                awaited.set_result(said["params"])
            waiting = self._answers.pop(said.get("id", 0), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(said)

    async def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its result."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE_S):
            said = await answer
        if said.get("error", {}).get("message") == LEFT:
            raise HasLeft(method)
        assert "result" in said, f"{method}: {said.get('error')}"
        result: dict[str, Any] = said["result"]
        return result

    def hear(self, event: str) -> asyncio.Future[dict[str, Any]]:
        """Return what will come with the next event of that name."""
        awaited = self._awaited[event] = asyncio.get_running_loop().create_future()
        return awaited

    async def run(self, script: str) -> Any:  # noqa: ANN401 - whatever the page says
        """Return what an expression (or a promise of it) is worth in the page."""
        done = await self.do("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    async def until(self, script: str) -> None:
        """Return when an expression is true in the page, or in the one that it goes to meanwhile."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await self._says_yes(script):  # noqa: ASYNC110 - the page has no event of ours
                    await asyncio.sleep(0.03)
        except TimeoutError:
            raise AssertionError(f"never true in the page: {script}") from None

    async def _says_yes(self, script: str) -> bool:
        try:
            return await self.run(f"Boolean({script})") is True
        except HasLeft:
            return False

    async def open(self, url: str) -> None:
        """Go to that address and wait until it is loaded."""
        loaded = self.hear("Page.loadEventFired")
        if "loaderId" in await self.do("Page.navigate", url=url):  # else it is another place in the same page
            async with asyncio.timeout(PATIENCE_S):
                await loaded
        await self.until(f"document.readyState === 'complete' && location.href.startsWith({json.dumps(url)})")

    async def forget(self) -> bool:
        """Whether nothing is left of what was shown and kept here; what was emulated ends with the connection."""
        try:
            await self.do("Page.navigate", url="about:blank")
            await self.until("document.readyState === 'complete' && location.href === 'about:blank'")
            await self.do("Page.resetNavigationHistory")
            await self.do("Network.clearBrowserCache")
            await self.do("Network.clearBrowserCookies")
            await self.do("Storage.clearDataForOrigin", origin="*", storageTypes="all")
        except (AssertionError, TimeoutError, ConnectionError):
            return False
        return True

    async def photo(self) -> bytes:
        """Return what is on the screen, as PNG."""
        return base64.b64decode((await self.do("Page.captureScreenshot"))["data"])

    async def click(self, element: str) -> None:
        """Click the middle of an element, as a person would; `element` is a script that finds it."""
        box = await self.run(f"({element}).getBoundingClientRect().toJSON()")
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for kind in ("mousePressed", "mouseReleased"):
            await self.do("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def press(self, key: str) -> None:
        """Press and release a key of `KEYS`."""
        code, text = KEYS[key]
        await self.do("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, text=text)
        await self.do("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def resize(self, width: int, height: int, *, density: float = 1, phone: bool = False) -> None:
        """Make the screen that large, in CSS pixels; a phone has fingers instead of a mouse."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": density, "mobile": phone}
        await self.do("Emulation.setDeviceMetricsOverride", **metrics)
        await self.do("Emulation.setTouchEmulationEnabled", enabled=phone)

    async def prefer(self, **features: str) -> None:
        """Set what the user prefers: `color_scheme="dark"`, `reduced_motion="reduce"`."""
        named = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()]
        await self.do("Emulation.setEmulatedMedia", features=named)


class Chromium:
    """One running browser, where tests open pages."""

    def __init__(self, program: Path, folder: Path, *more: str) -> None:
        """Start it with an empty profile in `folder`, and with `more` flags."""
        self._notes = folder / "DevToolsActivePort"
        command = [str(program), *FLAGS, *more, f"--user-data-dir={folder}", "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._address = ""
        self._profiles: list[str] = []
        self._windows: dict[str, list[str]] = {}

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait()

    @asynccontextmanager
    async def page(self, *, beside: Page | None = None) -> AsyncIterator[Page]:
        """An empty window; it shares its profile with the page that it is opened beside, or with none."""
        async with ClientSession() as session, session.ws_connect(await self._root(), max_msg_size=0) as root:
            browser = Page(root)
            async with _listening(browser):
                profile = await self._profile(browser) if beside is None else beside.profile
                window = await self._window(browser, profile)
                address = f"{self._address}/devtools/page/{window}"
                async with session.ws_connect(address, max_msg_size=0) as socket:
                    page = Page(socket, profile)
                    async with _listening(page):
                        for domain in ("Page", "Runtime", "Log"):
                            await page.do(f"{domain}.enable")
                        await page.do("Page.bringToFront")
                        yield page
                        is_empty = await page.forget()
                if is_empty:
                    self._windows[profile].append(window)
                if beside is None and is_empty:
                    self._profiles.append(profile)
                elif beside is None:
                    await browser.do("Target.disposeBrowserContext", browserContextId=profile)

    async def _profile(self, browser: Page) -> str:
        """A profile that nobody uses."""
        if self._profiles:
            return self._profiles.pop()
        made: str = (await browser.do("Target.createBrowserContext"))["browserContextId"]
        self._windows[made] = []
        return made

    async def _window(self, browser: Page, profile: str) -> str:
        """A window of that profile that nobody uses."""
        if self._windows[profile]:
            return self._windows[profile].pop()
        made = await browser.do("Target.createTarget", url="about:blank", browserContextId=profile, newWindow=True)
        return str(made["targetId"])

    async def _root(self) -> str:
        """The browser's own address, as soon as it has written it down."""
        deadline = time.monotonic() + PATIENCE_S
        while not (self._notes.exists() and self._notes.read_text("utf-8").count("\n")):
            assert time.monotonic() < deadline, "Chromium does not start"
            await asyncio.sleep(0.03)
        port, path = self._notes.read_text("utf-8").splitlines()[:2]
        self._address = f"ws://127.0.0.1:{port}"
        return self._address + path


@asynccontextmanager
async def _listening(page: Page) -> AsyncIterator[None]:
    reading = asyncio.create_task(page.read())
    try:
        yield
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """The browser that all tests of this process share."""
    browser = Chromium(require("chromium") / "chromium", tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture
async def page(chromium: Chromium) -> AsyncIterator[Page]:
    """A fresh tab with a profile of its own."""
    async with chromium.page() as opened:
        yield opened
