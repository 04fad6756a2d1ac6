"""A line between a phone and the server on which answers get lost: the server does its work, the phone hears nothing.

async with LossyLine(world.url) as line:
    line.lose("claim")      # the next answer to a path that ends so
"""

from __future__ import annotations

from typing import Self

from aiohttp import ClientSession, web


class LossyLine:
    """Passes everything on, both ways, but for the answers that are to be lost."""

    def __init__(self, server: str) -> None:
        """Pass on to that server."""
        self._server = server
        self._http = ClientSession(server)
        self._runner: web.AppRunner | None = None
        self._wanted: str | None = None
        self.url = ""
        self.lost = 0

    def lose(self, path_end: str) -> None:
        """Lose the next answer to a path that ends so."""
        self._wanted = path_end

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        if self._runner is not None:
            await self._runner.cleanup()
        await self._http.close()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        call = self._http.request(request.method, request.path, data=await request.read(), headers=headers)
        async with call as answer:
            body = await answer.read()
            if self._wanted is not None and request.path.endswith(self._wanted):
                self._wanted, self.lost = None, self.lost + 1
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            return web.Response(status=answer.status, body=body, headers={"Content-Type": answer.content_type})
