"""Bodies that stop arriving: answered, not waited for."""

from __future__ import annotations

import asyncio

import pytest
from yarl import URL

from tests.support.server import World
from token_server.web.bodies import ARRIVES_WITHIN_S


@pytest.mark.slow
async def test_a_body_that_stops_arriving_is_refused(world: World) -> None:
    url = URL(world.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = "POST /oauth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    writer.write(head.encode() + b'{"application')
    async with asyncio.timeout(ARRIVES_WITHIN_S + 10):
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
    writer.close()
