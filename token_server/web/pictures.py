"""QR codes as answers."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from token_server.domain.errors import InvalidParameter
from token_server.qr import QrPainter
from token_server.web.answers import answer_bytes

SVG = "image/svg+xml"
PNG = "image/png"
DEFAULT_SIZE = 300
SMALLEST_SIZE, LARGEST_SIZE = 120, 1200


def picture_size(request: web.Request) -> int:
    """Return the wished edge length in pixels, from the query parameter `size`.

    Errors: InvalidParameter.
    """
    text = request.query.get("size")
    if text is None:
        return DEFAULT_SIZE
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and SMALLEST_SIZE <= int(text) <= LARGEST_SIZE):  # noqa: PLR2004 - four digits hold the largest size
        raise InvalidParameter("size", f"must be a number of pixels from {SMALLEST_SIZE} to {LARGEST_SIZE}")
    return int(text)


async def answer_picture(
    painter: QrPainter,
    text: str,
    media_type: str,
    size: int,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Return the QR code of the text."""
    body = await (painter.svg(text) if media_type == SVG else painter.png(text, size))
    return answer_bytes(body, media_type, status, headers)
