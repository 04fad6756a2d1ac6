"""QR codes, drawn in a small process of its own and kept for a while: a picture never delays a login.

Drawing costs 2 to 4 ms of pure Python (segno). A thread would fight the event loop for the interpreter, so there is one
process, started by the first picture that somebody asks for, at the lowest priority. The same picture asked for again,
or by many at once, costs nothing; and of one code there are no more pictures than whole pixels a module may have. So
whoever holds a token for one login cannot keep the process busy, however often and in whatever sizes he asks.
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
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache, partial
from typing import Any, TypeVar

import segno

QUIET_ZONE = 4  # modules; ISO/IEC 18004 section 5.3.8
MOST_PICTURES = 1024
SYMBOLS_KEPT = 64  # by the process: a picture of another size begins where the first one did
# A fixed mask saves segno from weighing all eight, three quarters of its work; any mask is readable.
MASK = 2
LOWEST_PRIORITY = 19

T = TypeVar("T")


def start_process() -> Executor:
    """Return a process of its own that gives way to everybody."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_stand_back, initargs=(os.getpid(),))


class QrPainter:
    """Draws QR codes."""

    def __init__(self, start: Callable[[], Executor] = start_process) -> None:
        """Start with no pictures; the process comes with the first one."""
        self._start = start
        self._process: Executor | None = None
        self._begun: OrderedDict[tuple[object, ...], asyncio.Task[Any]] = OrderedDict()

    async def svg(self, text: str) -> bytes:
        """Return the QR code as an SVG document that scales to any size."""
        return await self._once(draw_svg, text)

    async def png(self, text: str, size: int) -> bytes:
        """Return the QR code as a PNG of at most `size` pixels an edge, as large as whole pixels a module allow."""
        width = await self._once(measure, text)
        return await self._once(draw_png, text, max(1, size // width))

    def close(self) -> None:
        """Let the process go."""
        if self._process is not None:
            self._process.shutdown(wait=False, cancel_futures=True)
            self._process = None

    async def _once(self, work: Callable[..., T], *about: object) -> T:
        """Return what the work comes to; it is done once, however many ask for it, and at the same time."""
        key = (work, *about)
        begun = self._begun.get(key)
        if begun is None:
            begun = self._begun[key] = asyncio.create_task(self._do(partial(work, *about)))
            begun.add_done_callback(partial(self._forget_unless_done, key))
            while len(self._begun) > MOST_PICTURES:
                self._begun.popitem(last=False)
        done: T = await asyncio.shield(begun)  # who goes away does not take it from the others
        return done

    def _forget_unless_done(self, key: tuple[object, ...], begun: asyncio.Task[Any]) -> None:
        if begun.cancelled() or begun.exception() is not None:
            self._begun.pop(key, None)

    async def _do(self, work: Callable[[], T]) -> T:
        loop, process = asyncio.get_running_loop(), self._running()
        try:
            return await loop.run_in_executor(process, work)
        except BrokenProcessPool:  # somebody killed it: have another one
            if self._process is process:  # whoever noticed first has one already
                self.close()
            return await loop.run_in_executor(self._running(), work)

    def _running(self) -> Executor:
        if self._process is None:
            self._process = self._start()
        return self._process


def measure(text: str) -> int:
    """Return how many modules wide the picture of the text is, with its quiet zone."""
    return int(_symbol(text).symbol_size(scale=1, border=QUIET_ZONE)[0])


def draw_svg(text: str) -> bytes:
    """Return the picture of the text as SVG."""
    return _saved(text, kind="svg", omitsize=True, light="#fff", xmldecl=False)


def draw_png(text: str, scale: int) -> bytes:
    """Return the picture of the text as PNG, `scale` pixels a module."""
    return _saved(text, kind="png", scale=scale)


def _saved(text: str, **how: Any) -> bytes:
    picture = io.BytesIO()
    _symbol(text).save(picture, border=QUIET_ZONE, **how)
    return picture.getvalue()


@lru_cache(SYMBOLS_KEPT)
def _symbol(text: str) -> segno.QRCode:
    return segno.make(text, error="l", boost_error=False, micro=False, mask=MASK)


def _stand_back(server: int) -> None:
    """Give way to the server, leave Ctrl-C to it, and go when it has gone."""
    os.nice(LOWEST_PRIORITY)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(server,), daemon=True).start()


def _leave_with(server: int) -> None:
    while os.getppid() == server:
        time.sleep(1)
    os._exit(0)
