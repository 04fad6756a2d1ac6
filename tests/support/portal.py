"""A portal's ear: a real HTTP server on loopback that remembers which callbacks came, and answers as it is told."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web


@dataclass(frozen=True)
class Heard:
    """One callback as it came; `raw` is what was signed."""

    headers: dict[str, str]
    body: dict[str, Any]
    path: str
    raw: bytes


class CallbackReceiver:
    """Listens for callbacks; `status` is what it answers, `delay_s` how long it takes."""

    def __init__(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Answer 204 at once, on that port if one is named, by `https` if told with what certificate."""
        self._port = port
        self._tls = tls
        self.status = 204
        self.delay_s = 0.0
        self.heard: list[Heard] = []
        self.url = ""
        self._news = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Start listening."""
        application = web.Application()
        application.add_routes([web.post("/{path:.*}", self._hear)])
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls)
        await site.start()
        scheme = "http" if self._tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._runner.addresses[0][1]}/callback"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def wait_for(self, transaction_id: str, timeout_s: float = 10) -> Heard:
        """Return the first callback about that transaction."""

        def found() -> list[Heard]:
            return [each for each in self.heard if each.body.get("transaction_id") == transaction_id]

        async with asyncio.timeout(timeout_s), self._news:
            await self._news.wait_for(found)
        return found()[0]

    def count(self, transaction_id: str) -> int:
        """Return how many callbacks came about that transaction."""
        return sum(each.body.get("transaction_id") == transaction_id for each in self.heard)

    async def _hear(self, request: web.Request) -> web.Response:
        async with self._news:
            self.heard.append(Heard(dict(request.headers), await request.json(), request.path, await request.read()))
            self._news.notify_all()
        await asyncio.sleep(self.delay_s)
        return web.Response(status=self.status)
