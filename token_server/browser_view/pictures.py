"""The code that is shown now, as a picture, for pages that do not draw it themselves.

A picture is drawn once for each code, whoever asks for it. One of a code that changes is out of date when the code is:
the answer to a poll says for how long it is good.
"""

from __future__ import annotations

from aiohttp import web

from token_server.browser_view import cross_origin
from token_server.browser_view.doors import Door
from token_server.domain.errors import Expired
from token_server.flows.mobile_authentication.look import LookAtTransaction
from token_server.qr import QrPainter
from token_server.web.pictures import PNG, SVG, answer_picture, picture_size


class Pictures:
    """Draws codes."""

    def __init__(self, door: Door, looking: LookAtTransaction, painter: QrPainter) -> None:
        """Draw for those who pass the `door` what `looking` shows."""
        self._door = door
        self._looking = looking
        self._painter = painter

    async def qr_svg(self, request: web.Request) -> web.Response:
        """Draw the code as SVG."""
        return await self._picture(request, SVG)

    async def qr_png(self, request: web.Request) -> web.Response:
        """Draw the code as PNG."""
        return await self._picture(request, PNG)

    async def _picture(self, request: web.Request, media_type: str) -> web.Response:
        view = await self._door.pass_through(request)
        size = picture_size(request)
        _, code = await self._looking.look(view)
        if code is None:
            raise Expired("The code was scanned, or its time is over")
        headers = cross_origin.headers(request)
        return await answer_picture(self._painter, code.text, media_type, size, headers=headers)
