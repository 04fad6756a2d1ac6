"""Server-sent events (HTML Living Standard, section 9.2): one answer that goes on while there is something to tell."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import ClientConnectionResetError, web

from token_server.web.answers import NEVER_STORE
from token_server.web.edge import BEGUN, request_headers

EVENT_STREAM = "text/event-stream"
# A browser that takes nothing for this long, with everybody's buffers full, is held up no longer. Units: seconds.
TAKEN_WITHIN_S = 30.0
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
    try:
        async with asyncio.timeout(TAKEN_WITHIN_S):
            await stream.write(text)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise ClientConnectionResetError("the browser has stopped reading") from None


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
