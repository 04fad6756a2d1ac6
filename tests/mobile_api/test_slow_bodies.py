"""Bodies that stop arriving: answered, not waited for."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from yarl import URL

from tests.support.server import CHEAP, OpenWorld
from token_server.app.equipment import STANDARD


async def test_a_body_that_stops_arriving_is_refused(open_world: OpenWorld) -> None:
    world = await open_world(equipment=replace(CHEAP, body_within_s=0.3))
    url = URL(world.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = "POST /oauth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    writer.write(head.encode() + b'{"application')
    async with asyncio.timeout(STANDARD.body_within_s):
        answer = (await reader.readuntil(b"}")).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert "did not arrive within 0.3 seconds" in answer
    writer.close()


def test_real_servers_wait_for_ten_seconds() -> None:
    assert STANDARD.body_within_s == 10
