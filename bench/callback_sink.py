"""The portal's callback page: answers 204 and remembers when each transaction's callback came."""

from __future__ import annotations

import asyncio
import re
import time
from typing import cast

_TRANSACTION = re.compile(rb'"transaction_id"\s*:\s*"([^"]+)"')
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class CallbackSink:
    """Counts callbacks and how long after the answer each one came."""

    def __init__(self) -> None:
        self.arrived: dict[str, float] = {}
        self.repeated = 0
        self._server: asyncio.Server | None = None

    @property
    def uri(self) -> str:
        """The `callback_uri` that leads here."""
        if self._server is None:
            raise RuntimeError("open the sink first")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/callback"

    async def open(self) -> None:
        """Listen on a free port of this machine."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _SinkConnection(self), "127.0.0.1", 0)

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    def clear(self) -> None:
        """Forget what came so far."""
        self.arrived.clear()
        self.repeated = 0

    def count_since(self, moment: float) -> int:
        """Return how many came since then. Units: perf_counter seconds."""
        return sum(at >= moment for at in self.arrived.values())

    def heard(self, transaction_id: str) -> None:
        """Remember one callback."""
        self.repeated += transaction_id in self.arrived
        self.arrived[transaction_id] = time.perf_counter()


class _SinkConnection(asyncio.Protocol):
    """One keep-alive connection of the server's callback sender."""

    def __init__(self, sink: CallbackSink) -> None:
        self._sink = sink
        self._buffer = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (called by the event loop)."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every whole request that has come (called by the event loop)."""
        self._buffer += data
        while (request := self._next_request()) is not None:
            named = _TRANSACTION.search(request)
            if named is not None:
                self._sink.heard(named.group(1).decode())
            if self._transport is not None:
                self._transport.write(_NO_CONTENT)

    def _next_request(self) -> bytes | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        length = _LENGTH.search(self._buffer[:end])
        size = end + 4 + (int(length.group(1)) if length else 0)
        if len(self._buffer) < size:
            return None
        request, self._buffer = self._buffer[:size], self._buffer[size:]
        return request
