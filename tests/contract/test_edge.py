"""The edge around routes: the same to callers and to the metrics as aiohttp's own router would be."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from token_server.mobile_api.errors import MANNERS as MOBILE_MANNERS
from token_server.portal_api.errors import MANNERS as PORTAL_MANNERS
from token_server.telemetry import Telemetry
from token_server.web.edge import Edge

ITEM = "/oauth/api/v4/items/{item:[^/]+}"


async def answer(request: web.Request) -> web.Response:
    return web.Response(text=request.match_info.get("item", "none"))


ROUTES = [
    web.get(ITEM, answer),
    web.post(ITEM, answer),
    web.get("/oauth/api/v4/items", answer, allow_head=False),
    web.get("/things/{thing:t[0-9]+}/parts", answer),
    web.options("/things/{thing:t[0-9]+}/parts", answer),
]


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed", "label"),
    [
        ("GET", "/oauth/api/v4/items/7", 200, None, "/oauth/api/v4/items/{item}"),
        ("HEAD", "/oauth/api/v4/items/7", 200, None, "/oauth/api/v4/items/{item}"),
        ("POST", "/oauth/api/v4/items/7", 200, None, "/oauth/api/v4/items/{item}"),
        ("PUT", "/oauth/api/v4/items/7", 405, "GET,HEAD,POST", "/oauth/api/v4/items/{item}"),
        ("HEAD", "/oauth/api/v4/items", 405, "GET", "/oauth/api/v4/items"),
        ("GET", "/things/t12/parts", 200, None, "/things/{thing}/parts"),
        ("DELETE", "/things/t12/parts", 405, "GET,HEAD,OPTIONS", "/things/{thing}/parts"),
        ("GET", "/things/x12/parts", 404, None, "unknown"),
        ("GET", "/oauth/api/v4/items/%00", 400, None, "/oauth/api/v4/items/{item}"),
        ("PUT", "/oauth/api/v4/items/%00", 405, "GET,HEAD,POST", "/oauth/api/v4/items/{item}"),
        ("GET", "/nowhere/%00", 404, None, "unknown"),
        ("GET", "/nowhere/%0A", 404, None, "unknown"),
        ("GET", "/oauth/api/v4/items/7/more", 404, None, "unknown"),
        ("PUT", "/oauth/api/v4/nowhere", 404, None, "unknown"),
        ("GET", "/", 404, None, "unknown"),
    ],
)
async def test_each_request_meets_its_route_or_the_refusal_of_its_channel(
    method: str, path: str, status: int, allowed: str | None, label: str
) -> None:
    telemetry = Telemetry()
    application = web.Application()
    routes = Edge([PORTAL_MANNERS, MOBILE_MANNERS], telemetry).around(ROUTES)
    assert "answer" in repr(routes[0])
    application.add_routes(routes)
    channel = "portal" if path.startswith("/oauth") else "mobile"
    async with TestClient(TestServer(application)) as client, client.request(method, path) as response:
        assert response.status == status
        assert response.headers.get("Allow") == allowed
        assert response.headers["X-Request-ID"]
        is_problem = response.content_type == "application/problem+json"
        assert is_problem is (status >= 400 and channel == "mobile")
    labels = f'channel="{channel}",method="{method}",route="{label}",status="{status}"'
    assert f"token_server_http_request_seconds_count{{{labels}}} 1.0" in telemetry.exposition().decode()
    with_aiohttp = web.Application()
    with_aiohttp.add_routes(ROUTES)
    assert label in {"unknown", *(each.canonical for each in with_aiohttp.router.resources())}
