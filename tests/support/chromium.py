"""A real browser for tests: headless Chromium, driven through its own debugging protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

PATIENCE_S = 20.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--window-size=1280,900",
)


class Page:
    """One tab."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []

    async def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its result; what the page complains of meanwhile is kept."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self._socket.receive_json()
                if message.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                    self.complaints.append(json.dumps(message["params"]))
                if message.get("id") == number:
                    result: dict[str, Any] = message["result"]
                    return result

    async def run(self, script: str) -> Any:  # noqa: ANN401 - whatever the page says
        """Return what an expression is worth in the page."""
        done = await self.do("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return done["result"].get("value")

    async def until(self, script: str) -> None:
        """Return when an expression is true in the page."""
        async with asyncio.timeout(PATIENCE_S):
            while not await self.run(f"Boolean({script})"):  # noqa: ASYNC110 - the page has no event of ours
                await asyncio.sleep(0.05)

    async def photo(self) -> bytes:
        """Return what is on the screen, as PNG."""
        return base64.b64decode((await self.do("Page.captureScreenshot"))["data"])

    async def open(self, url: str) -> None:
        """Go to that address and wait until it is loaded."""
        await self.do("Page.navigate", url=url)
        await self.until(f"document.readyState === 'complete' && location.href.startsWith({json.dumps(url)})")


@asynccontextmanager
async def chromium_page(program: Path, folder: Path) -> AsyncIterator[Page]:
    """Start Chromium with an empty profile in `folder` and open a tab."""
    process = await asyncio.create_subprocess_exec(
        program, *FLAGS, f"--user-data-dir={folder}", "about:blank", stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with ClientSession() as session, session.ws_connect(await _address(session, folder)) as socket:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Log"):
                await page.do(f"{domain}.enable")
            yield page
    finally:
        process.terminate()
        await process.wait()


async def _address(session: ClientSession, folder: Path) -> str:
    """The tab's address, as soon as Chromium has written down its port."""
    notes = folder / "DevToolsActivePort"
    async with asyncio.timeout(PATIENCE_S):
        while not (notes.exists() and "\n" in notes.read_text("utf-8")):  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.05)
        port = notes.read_text("utf-8").splitlines()[0]
        while True:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as response:
                tabs = [each for each in await response.json() if each["type"] == "page"]
            if tabs:
                return str(tabs[0]["webSocketDebuggerUrl"])
            await asyncio.sleep(0.05)
