"""The courier among bad portals, bad names and bad networks: it goes where it was checked to go, and nowhere else."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import AddrInfoType, web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from tests.support.certificates import Authority
from tests.support.portal import CallbackReceiver
from tests.support.source_files import ROOT
from token_server.flows.callback_calls import Call
from token_server.workers.callback_addresses import AllowedAddresses
from token_server.workers.callback_courier import CallbackCourier

LOOPBACK = "127.0.0.0/8"


class Names(AbstractResolver):
    """A name server that belongs to an attacker: each question gets the next answer, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.questions = 0

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_UNSPEC) -> list[ResolveResult]:
        assert family == socket.AF_UNSPEC
        addresses = self.answers[min(self.questions, len(self.answers) - 1)]
        self.questions += 1
        return [
            ResolveResult(hostname=host, host=each, port=port, family=_family(each), proto=0, flags=0)
            for each in addresses
        ]

    async def close(self) -> None:
        pass


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


def courier(
    closing: AsyncExitStack, *networks: str, names: Names | None = None, timeout_s: float = 5
) -> CallbackCourier:
    made = CallbackCourier(AllowedAddresses(networks), timeout_s=timeout_s, resolver=names)
    closing.push_async_callback(made.close)
    return made


def call(uri: str) -> Call:
    return Call(uri, b'{"transaction_id": "t"}', {"webhook-id": "msg_t"})


def named(callbacks: CallbackReceiver, host: str) -> str:
    return callbacks.url.replace("127.0.0.1", host)


async def in_a_process(uri: str, **environment: str) -> str:
    command = [sys.executable, "-m", "tests.workers.one_call", uri, LOOPBACK]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode().strip()


async def test_of_several_addresses_only_allowed_ones_are_tried(
    closing: AsyncExitStack, callbacks: CallbackReceiver
) -> None:
    names = Names(["10.0.0.1", "fe80::1", "127.0.0.1", "169.254.169.254"])
    assert await courier(closing, LOOPBACK, names=names).post(call(named(callbacks, "shop.example"))) == "204"
    assert [each.headers["Host"].partition(":")[0] for each in callbacks.heard] == ["shop.example"]


async def test_a_name_is_asked_for_once_so_it_cannot_move_between_the_check_and_the_connection(
    closing: AsyncExitStack, callbacks: CallbackReceiver
) -> None:
    names = Names(["127.0.0.2"], ["127.0.0.1"])  # 127.0.0.2 may be called, 127.0.0.1 may not
    result = await courier(closing, "127.0.0.2/32", names=names).post(call(named(callbacks, "rebinding.example")))
    assert result.startswith("no connection")
    assert (names.questions, callbacks.heard) == (1, [])


async def test_a_name_that_has_moved_to_a_private_address_is_refused_the_next_time(
    closing: AsyncExitStack, callbacks: CallbackReceiver
) -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    made = courier(closing, LOOPBACK, names=names)
    assert await made.post(call(named(callbacks, "rebinding.example"))) == "204"
    assert await made.post(call("http://rebinding.example:1/")) == "address refused"


async def test_the_last_look_is_at_the_address_that_is_connected_to(
    closing: AsyncExitStack, callbacks: CallbackReceiver
) -> None:
    class Watched(AllowedAddresses):
        def open_socket(self, address: AddrInfoType) -> socket.socket:
            looked_at.append(address[4][0])
            return super().open_socket(address)

    looked_at: list[str] = []
    made = CallbackCourier(Watched([LOOPBACK]), timeout_s=5, resolver=Names(["127.0.0.1"]))
    closing.push_async_callback(made.close)
    for host in ("shop.example", "127.0.0.1"):
        assert await made.post(call(named(callbacks, host))) == "204"
    assert looked_at == ["127.0.0.1"] * 2


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "127.1", "0177.0.0.1", "127.0.0.1.", "0x7f.1"]
)
async def test_loopback_is_refused_however_it_is_written(
    closing: AsyncExitStack, callbacks: CallbackReceiver, host: str
) -> None:
    assert await courier(closing).post(call(named(callbacks, host))) == "address refused"
    assert callbacks.heard == []


async def test_a_name_that_nobody_knows_is_told_as_such(closing: AsyncExitStack) -> None:
    assert await courier(closing).post(call("http://nothing.invalid/")) == "name not found"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
async def test_no_proxy_of_the_environment_gets_to_see_a_callback(callbacks: CallbackReceiver, variable: str) -> None:
    async with CallbackReceiver() as proxy:
        environment = {variable: proxy.url.removesuffix("/callback"), "NO_PROXY": "", "no_proxy": ""}
        assert await in_a_process(callbacks.url, **environment) == "204"
        assert (len(callbacks.heard), proxy.heard) == (1, [])


async def test_cookies_are_not_kept(closing: AsyncExitStack) -> None:
    seen: Counter[str] = Counter()

    async def bake(request: web.Request) -> web.Response:
        seen[request.headers.get("Cookie", "none")] += 1
        return web.Response(status=204, headers={"Set-Cookie": "portal=1; Path=/"})

    portal = (await bad_portal(closing, bake)).replace("127.0.0.1", "shop.example")
    made = courier(closing, LOOPBACK, names=Names(["127.0.0.1"]))
    assert [await made.post(call(portal)) for _ in range(3)] == ["204"] * 3
    assert seen == {"none": 3}


async def test_an_answer_without_end_is_left_alone(closing: AsyncExitStack) -> None:
    async def talk(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
        except ConnectionError:
            return response

    portal = await bad_portal(closing, talk)
    assert await courier(closing, LOOPBACK).post(call(portal)) == "200"


@pytest.mark.parametrize(("at_a_time", "word"), [(1, "timeout"), (65_536, "no connection")])
async def test_an_answer_whose_headers_never_end_is_none(closing: AsyncExitStack, at_a_time: int, word: str) -> None:
    ended = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 204 No Content\r\nX: ")
            while True:
                writer.write(b"x" * at_a_time)
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            writer.close()
            ended.set()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        uri = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert (await courier(closing, LOOPBACK, timeout_s=0.5).post(call(uri))).startswith(word)
        await asyncio.wait_for(ended.wait(), 5)


async def bad_portal(closing: AsyncExitStack, handler: object) -> str:
    application = web.Application()
    application.router.add_post("/", handler)  # type: ignore[arg-type]
    server = TestServer(application)
    await server.start_server()
    closing.push_async_callback(server.close)
    return str(server.make_url("/"))


@pytest.mark.parametrize(
    ("certified", "host", "trusted", "expected"),
    [
        ("localhost", "localhost", True, "204"),
        ("other.example", "localhost", True, "certificate refused"),
        ("localhost", "127.0.0.1", True, "certificate refused"),
        ("localhost", "localhost", False, "certificate refused"),
    ],
)
async def test_the_certificate_is_checked_by_the_name_in_the_address(
    tmp_path: Path, certified: str, host: str, *, trusted: bool, expected: str
) -> None:
    authority = Authority(tmp_path)
    asked: list[str | None] = []
    context = authority.server_context(certified, asked.append)
    async with CallbackReceiver(tls=context) as portal:
        uri = portal.url.replace("127.0.0.1", host)
        environment = {"SSL_CERT_FILE": str(authority.file)} if trusted else {}
        assert await in_a_process(uri, **environment) == expected
        assert len(portal.heard) == (expected == "204")
        assert asked == [None if host == "127.0.0.1" else host]
