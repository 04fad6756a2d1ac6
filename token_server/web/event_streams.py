"""Server-sent events (HTML Living Standard, section 9.2): one answer that goes on while there is something to tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import ClientConnectionResetError, web

from token_server.web.answers import NEVER_STORE
from token_server.web.edge import BEGUN, request_headers

EVENT_STREAM = "text/event-stream"
# Hundreds of events: who leaves so much lying about, behind full buffers of both systems, does not read any more. Less
# than what makes a transport pause, so that nobody ever waits for such a one. Units: octets.
MOST_UNREAD = 32_768
UNBUFFERED = {"X-Accel-Buffering": "no"}  # nginx, and those who learned from it, would hold events back


async def begin_stream(request: web.Request, headers: Mapping[str, str]) -> web.StreamResponse:
    """Return a stream whose head has been sent."""
    everything = {**NEVER_STORE, **UNBUFFERED, **request_headers(request), **headers, "Content-Type": EVENT_STREAM}
    stream = web.StreamResponse(headers=everything)
    request[BEGUN] = stream
    await stream.prepare(request)
    return stream


async def send(request: web.Request, stream: web.StreamResponse, text: bytes) -> None:
    """Send events and comments, as they were made below.

    Errors: ClientConnectionResetError when nobody takes them any more.
    """
    transport = request.transport
    if transport is not None and transport.get_write_buffer_size() > MOST_UNREAD:
        transport.abort()
        raise ClientConnectionResetError("the browser has stopped reading")
    await stream.write(text)


def event(name: str, data: Mapping[str, Any], event_id: str | None = None) -> bytes:
    """Return one event; `event_id` is what the browser says it saw last when it comes back."""
    known = b"" if event_id is None else b"id: %s\n" % event_id.encode()
    return b"event: %s\n%sdata: %s\n\n" % (name.encode(), known, orjson.dumps(data))


def comment(text: str) -> bytes:
    """Return a line that browsers ignore and proxies take for a sign of life."""
    return b": %s\n\n" % text.encode()


def retry(after_ms: int) -> bytes:
    """Return how long the browser waits before it comes back."""
    return b"retry: %d\n\n" % after_ms
