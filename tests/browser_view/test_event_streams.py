"""Event streams on the wire: their blocks, and browsers that stop reading."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import ClientConnectionResetError, web
from aiohttp.test_utils import TestServer

from token_server.browser_view.errors import MANNERS
from token_server.telemetry import Telemetry
from token_server.web.edge import Edge
from token_server.web.event_streams import begin_stream, comment, event, retry, send

ENOUGH = 10_000  # times 8 KiB: no system buffers as much as that for one connection


@pytest.mark.parametrize(
    ("block", "written"),
    [
        (event("state", {"state": "scanned"}, "scanned"), b'event: state\nid: scanned\ndata: {"state":"scanned"}\n\n'),
        (event("frame", {"text": "abc"}), b'event: frame\ndata: {"text":"abc"}\n\n'),
        (event("x", {"text": "two\nlines\r\ndata: y"}), b'event: x\ndata: {"text":"two\\nlines\\r\\ndata: y"}\n\n'),
        (comment("heartbeat"), b": heartbeat\n\n"),
        (retry(1000), b"retry: 1000\n\n"),
    ],
)
def test_blocks_are_as_the_standard_wants_them(block: bytes, written: bytes) -> None:
    assert block == written


async def test_a_browser_that_stops_reading_is_let_go() -> None:
    let_go = asyncio.Event()

    async def talk(request: web.Request) -> web.StreamResponse:
        stream = await begin_stream(request, {})
        try:
            for _ in range(ENOUGH):
                await send(request, stream, b":" + b"x" * 8_192 + b"\n\n")
                await asyncio.sleep(0)
        except ClientConnectionResetError:
            let_go.set()
            raise
        return stream

    application = web.Application()
    routes = [web.get("/view/a", talk)]
    application.add_routes(Edge([MANNERS], Telemetry()).around(routes))
    async with TestServer(application) as server:
        with socket.create_connection((server.host, server.port)) as deaf:
            deaf.sendall(b"GET /view/a HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(60):
                await let_go.wait()
