"""The example portal's line to the token server, when the line is bad."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from examples.portal.client import TokenServer, TokenServerRefused


async def test_a_start_whose_answer_got_lost_is_asked_for_again_with_the_same_key() -> None:
    asked: list[tuple[str, str]] = []

    async def start(request: web.Request) -> web.Response:
        asked.append((request.headers["Idempotency-Key"], (await request.post())["type"]))  # type: ignore[arg-type]
        if len(asked) == 1:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"transaction_id": "one"})

    application = web.Application()
    application.add_routes([web.post("/oauth/api/v4/authenticate/user", start)])
    async with TestServer(application) as remote:
        server = TokenServer(str(remote.make_url("")).rstrip("/"), "portal", "secret")
        assert await server.start(type="login") == {"transaction_id": "one"}
        assert asked[0] == asked[1]
        await server.start(type="login")
        assert asked[2] != asked[1], "another login has another key"
        await server.close()


async def test_a_refusal_is_an_error_that_says_why() -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"error": "invalid_request"}, status=400)

    application = web.Application()
    application.add_routes([web.post("/oauth/api/v4/authenticate/user", refuse)])
    async with TestServer(application) as remote:
        server = TokenServer(str(remote.make_url("")).rstrip("/"), "portal", "secret")
        with pytest.raises(TokenServerRefused, match="invalid_request"):
            await server.start(type="login")
        await server.close()
