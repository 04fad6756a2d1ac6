"""Two small real servers for the widget: a portal's page, and one that serves the widget and speaks the browser view.

They are different origins, as in life. What the view tells is what the test says: `say`, `show`, `drop_streams` …
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.chromium import Page
from token_server.browser_view.widget import WidgetFiles

APPS = [{"name": "Example app", "link": "exampleapp://login?otp="}]
CODE = "eyJ0cmFuc2FjdGlvbl9pZCI6Ijc3NGE0MWE5LTA0YjQtNGM4Yi1hZDQ3LTJhMTk1YTkzIiwib3RwIjoiMTIzNDU2Nzg5MGFiY2RlZiJ9"
LIFE_MS = 60_000
FINAL = ("accepted", "denied", "expired")
CARD = "document.querySelector('qr-login').shadowRoot.querySelector('.card')"

PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Example Bank</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/page.css">
<script src="/page.js"></script>
<script type="module" src="{server}/widget/v1/qr-login.js" integrity="{integrity}" crossorigin="anonymous"></script>
</head><body><main>{element}</main></body></html>"""
PAGE_CSS = """html { color-scheme: light dark; background: light-dark(#eef2f5, #0d1217); }
body { margin: 0; font-family: system-ui, "Liberation Sans", sans-serif; }
main { display: grid; place-items: center; min-height: 100vh; padding: 16px; box-sizing: border-box; }"""
PAGE_JS = """window.heard = [];
for (const kind of ["qr-login-state", "qr-login-error"]) {
  addEventListener(kind, (event) => window.heard.push([kind.slice(9), event.detail]));
}"""


@dataclass
class View:
    """What the server tells whoever watches, and who does."""

    word: dict[str, Any] = field(default_factory=dict)
    frame: dict[str, Any] | None = None
    streams: list[web.StreamResponse] = field(default_factory=list)
    connections: int = 0
    refuses_streams: int | None = None
    is_known: bool = True
    polls: list[float] = field(default_factory=list)
    retry_after_s: int = 1


class Stage:
    """The portal and the server; `view` is the login that the page watches."""

    def __init__(self) -> None:
        """Begin with a login that waits for a phone."""
        self.view = View()
        self.starts = 0
        self.start_status = 200
        self.integrity = ""
        self.policy = ""
        self._html = ""
        self._portal = TestServer(self._portal_application())
        self._server = TestServer(self._server_application())

    @property
    def address(self) -> str:
        """Where the portal's page is."""
        return str(self._portal.make_url("/"))

    @property
    def server(self) -> str:
        """The origin that serves the widget and the view."""
        return str(self._server.make_url("")).rstrip("/")

    @property
    def view_url(self) -> str:
        """Where the view is."""
        return f"{self.server}/view/tsv_example"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Both servers listen while the context lasts."""
        async with self._portal, self._server:
            yield
            await self.drop_streams()

    def _portal_application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.get("/", self.answer_page),
                web.post("/start", self.answer_start),
                web.get("/page.css", text(PAGE_CSS, "text/css")),
                web.get("/page.js", text(PAGE_JS, "text/javascript")),
                web.get("/account", text("<h1>Welcome</h1>", "text/html")),
            ]
        )
        return application

    def _server_application(self) -> web.Application:
        application = web.Application()
        application.add_routes(WidgetFiles().routes())
        application.add_routes(
            [
                web.get("/view/tsv_example/events", self.answer_events),
                web.get("/view/tsv_example", self.answer_poll),
                web.post("/start", self.answer_start),  # whoever asks another origin than the page's own is heard there
            ]
        )
        return application

    async def open(self, page: Page, element: str = '<qr-login start="/start"></qr-login>', lang: str = "en") -> None:
        """Show the portal's page with that element."""
        facts = {"server": self.server, "integrity": self.integrity, "element": element, "lang": lang}
        self._html = PAGE.format(**facts)
        await page.open(self.address)

    async def say(self, state: str, **more: Any) -> None:
        """Tell everybody who watches a new state."""
        timing = {} if state in FINAL else {"expires_in_ms": LIFE_MS, "time_to_live_ms": LIFE_MS}
        self.view.word = {"state": state, **timing, **more}
        if state != "waiting":
            self.view.frame = None
        await self._write(event("state", self.view.word, state))
        if state in FINAL:
            await self.drop_streams()

    async def show(self, text: str, shown_for_ms: int = LIFE_MS) -> None:
        """Give everybody who watches a new frame."""
        self.view.frame = {"text": text, "shown_for_ms": shown_for_ms}
        await self._write(event("frame", self.view.frame))

    async def drop_streams(self) -> None:
        """Hang up on everybody who watches."""
        streams, self.view.streams = self.view.streams, []
        for stream in streams:
            with suppress(ConnectionError):
                await stream.write_eof()

    async def _write(self, text: bytes) -> None:
        for stream in list(self.view.streams):
            try:
                await stream.write(text)
            except ConnectionError:
                self.view.streams.remove(stream)

    async def answer_start(self, request: web.Request) -> web.Response:
        """As a portal: begin a login."""
        self.starts += 1
        if self.start_status != 200:
            return web.Response(status=self.start_status)
        self.view = View(refuses_streams=self.view.refuses_streams, retry_after_s=self.view.retry_after_s)
        await self.say("waiting", apps=APPS)
        await self.show(f"{CODE}{self.starts}")
        return web.json_response({"view_url": self.view_url}, headers=cors(request))

    async def answer_page(self, _: web.Request) -> web.Response:
        """As a portal: the page."""
        policy = self.policy or (
            f"default-src 'none'; script-src 'self' {self.server}; connect-src 'self' {self.server}; style-src 'self'"
        )
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return web.Response(text=self._html, content_type="text/html", headers=headers)

    async def answer_events(self, request: web.Request) -> web.StreamResponse:
        """As the server: the stream."""
        self.view.connections += 1
        if self.view.refuses_streams is not None:
            return web.Response(status=self.view.refuses_streams, headers=cors(request))
        stream = web.StreamResponse(headers={**cors(request), "Content-Type": "text/event-stream"})
        await stream.prepare(request)
        await stream.write(b"retry: 100\n\n")
        if request.headers.get("Last-Event-ID") != self.view.word["state"]:
            await stream.write(event("state", self.view.word, self.view.word["state"]))
        if self.view.frame:
            await stream.write(event("frame", self.view.frame))
        if self.view.word["state"] not in FINAL:
            self.view.streams.append(stream)
            while stream in self.view.streams:  # noqa: ASYNC110 - until somebody hangs up
                await asyncio.sleep(0.02)
        return stream

    async def answer_poll(self, request: web.Request) -> web.Response:
        """As the server: how things stand."""
        self.view.polls.append(asyncio.get_running_loop().time())
        if not self.view.is_known:
            return web.json_response({"code": "view_not_found"}, status=404, headers=cors(request))
        frame = {"frame": self.view.frame} if self.view.frame else {}
        headers = {**cors(request), "Retry-After": str(self.view.retry_after_s)}
        return web.json_response({**self.view.word, **frame}, headers=headers)


def cors(request: web.Request) -> dict[str, str]:
    """The headers that let the portal's page read an answer."""
    return {
        "Access-Control-Allow-Origin": request.headers.get("Origin", ""),
        "Access-Control-Expose-Headers": "Retry-After",
        "Cache-Control": "no-store",
    }


def event(kind: str, data: dict[str, Any], number: str = "") -> bytes:
    """One server-sent event."""
    line = f"id: {number}\n" if number else ""
    return f"event: {kind}\n{line}data: {json.dumps(data)}\n\n".encode()


def text(body: str, kind: str) -> Any:  # noqa: ANN401 - aiohttp's own Handler type
    """A handler that always answers this."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type=kind)

    return answer


@asynccontextmanager
async def running_stage() -> AsyncIterator[Stage]:
    """Both servers, up."""
    stage = Stage()
    async with stage.serving():
        yield stage
