"""QR codes, drawn in a small process of its own and kept for a while: a picture never delays a login.

Drawing costs 2 to 4 ms of pure Python (segno). A thread would fight the event loop for the interpreter, so there is one
process, started by the first picture that somebody asks for, at the lowest priority. The same picture asked for again
costs nothing.
"""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import os
import signal
import threading
import time
from collections import OrderedDict
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import segno

QUIET_ZONE = 4  # modules; ISO/IEC 18004 section 5.3.8
MOST_PICTURES = 512
# A fixed mask saves segno from weighing all eight, three quarters of its work; any mask is readable.
MASK = 2
LOWEST_PRIORITY = 19


class QrPainter:
    """Draws QR codes."""

    def __init__(self) -> None:
        """Start with no pictures; the process comes with the first one."""
        self._painter: ProcessPoolExecutor | None = None
        self._pictures: OrderedDict[tuple[str, str, int], bytes] = OrderedDict()

    async def svg(self, text: str) -> bytes:
        """Return the QR code as an SVG document that scales to any size."""
        return await self._painted("svg", text, 0)

    async def png(self, text: str, size: int) -> bytes:
        """Return the QR code as a PNG of at most `size` pixels an edge, as large as whole pixels a module allow."""
        return await self._painted("png", text, size)

    def close(self) -> None:
        """Let the process go."""
        if self._painter is not None:
            self._painter.shutdown(wait=False, cancel_futures=True)
            self._painter = None

    async def _painted(self, kind: str, text: str, size: int) -> bytes:
        key = (kind, text, size)
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._pictures[key] = await self._paint(partial(paint, kind, text, size))
            while len(self._pictures) > MOST_PICTURES:
                self._pictures.popitem(last=False)
        return picture

    async def _paint(self, work: partial[bytes]) -> bytes:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._process(), work)
        except BrokenProcessPool:  # somebody killed it: have another one
            self.close()
            return await loop.run_in_executor(self._process(), work)

    def _process(self) -> ProcessPoolExecutor:
        if self._painter is None:
            context = multiprocessing.get_context("spawn")
            self._painter = ProcessPoolExecutor(1, mp_context=context, initializer=_stand_back, initargs=(os.getpid(),))
        return self._painter


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


def _stand_back(server: int) -> None:
    """Give way to the server, leave Ctrl-C to it, and go when it has gone."""
    os.nice(LOWEST_PRIORITY)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(server,), daemon=True).start()


def _leave_with(server: int) -> None:
    while os.getppid() == server:
        time.sleep(1)
    os._exit(0)
