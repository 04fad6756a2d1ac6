"""QR codes, drawn off the event loop by one worker thread and kept for a while: a picture never delays a login.

Drawing costs 2 to 4 ms of pure Python (segno). One thread at a time keeps that from crowding out the loop; the
same picture asked for again costs nothing.
"""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import segno

QUIET_ZONE = 4  # modules; ISO/IEC 18004 section 5.3.8
MOST_PICTURES = 512
# A fixed mask saves segno from weighing all eight, three quarters of its work; any mask is readable.
MASK = 2


class QrPainter:
    """Draws QR codes."""

    def __init__(self) -> None:
        """Start with no pictures and one idle worker."""
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="qr")
        self._pictures: OrderedDict[tuple[str, str, int], bytes] = OrderedDict()

    async def svg(self, text: str) -> bytes:
        """Return the QR code as an SVG document that scales to any size."""
        return await self._painted("svg", text, 0)

    async def png(self, text: str, size: int) -> bytes:
        """Return the QR code as a PNG of at most `size` pixels an edge, as large as whole pixels a module allow."""
        return await self._painted("png", text, size)

    def close(self) -> None:
        """Let the worker go."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def _painted(self, kind: str, text: str, size: int) -> bytes:
        key = (kind, text, size)
        if key not in self._pictures:
            loop = asyncio.get_running_loop()
            picture = await loop.run_in_executor(self._worker, partial(paint, kind, text, size))
            self._pictures[key] = picture
            while len(self._pictures) > MOST_PICTURES:
                self._pictures.popitem(last=False)
        return self._pictures[key]


def paint(kind: str, text: str, size: int) -> bytes:
    """Return one picture of the text, `kind` being svg or png."""
    code = segno.make(text, error="l", boost_error=False, micro=False, mask=MASK)
    picture = io.BytesIO()
    if kind == "svg":
        code.save(picture, kind="svg", border=QUIET_ZONE, omitsize=True, light="#fff", xmldecl=False)
    else:
        width, _ = code.symbol_size(scale=1, border=QUIET_ZONE)
        code.save(picture, kind="png", border=QUIET_ZONE, scale=max(1, size // width))
    return picture.getvalue()
