"""One browser that listens to server-sent events, as cheaply as a load driver can."""

from __future__ import annotations

import asyncio
import re
import time
from typing import cast

_STATE = re.compile(rb'"state":"(\w+)"')
_FRAME = b"event: frame"
LONGEST_BLOCK = 1024
FINAL = frozenset({"accepted", "denied", "expired"})


class EventStream(asyncio.Protocol):
    """Remembers which states were told, and when the last one was."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._rest = b""
        self._news = asyncio.Event()
        self._transport: asyncio.WriteTransport | None = None
        self.states: list[str] = []
        self.frames = 0
        self.told_at = 0.0
        self.is_closed = False

    @property
    def is_finished(self) -> bool:
        """Whether the end was told."""
        return bool(self.states) and self.states[-1] in FINAL

    async def until(self, state: str) -> float:
        """Return when that state was told. Units: perf_counter seconds."""
        while state not in self.states:
            self._news.clear()
            await self._news.wait()
        return self.told_at

    def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask (called by the event loop)."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.write(self._request)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Note it (called by the event loop)."""
        self.is_closed = True
        self._transport = None
        self._news.set()

    def data_received(self, data: bytes) -> None:
        """Read whole blocks (called by the event loop)."""
        *blocks, rest = (self._rest + data).split(b"\n\n")
        self._rest = rest[-LONGEST_BLOCK:]
        for block in blocks:
            self.frames += _FRAME in block
            found = _STATE.search(block)
            if found is not None:
                self.states.append(found[1].decode())
                self.told_at = time.perf_counter()
                self._news.set()


async def listen(port: int, path: str) -> EventStream:
    """Return a stream of that view, asked for."""
    request = f"GET {path}/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n".encode()
    _, stream = await asyncio.get_running_loop().create_connection(lambda: EventStream(request), "127.0.0.1", port)
    return stream
