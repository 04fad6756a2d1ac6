"""The browser's door has an answer to every error that the core can raise, and to those that nobody foresaw."""

from __future__ import annotations

import inspect

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from tests.mobile_api.test_error_table import make
from tests.support.openapi import BROWSER, load
from token_server.browser_view.errors import FAILED, HTTP_TABLE, MANNERS, TABLE, refuse
from token_server.domain import errors
from token_server.domain.errors import Limited, NotFound, TokenServerError, Unavailable
from token_server.telemetry import Telemetry
from token_server.web.edge import REQUEST_ID, Edge
from token_server.web.event_streams import begin_stream, send

CLASSES = sorted(
    (each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, TokenServerError)),
    key=lambda each: each.__name__,
)
FAMILIES = TokenServerError.__subclasses__()


@pytest.mark.parametrize("kind", FAMILIES)
def test_every_family_of_errors_has_a_row_of_its_own(kind: type[TokenServerError]) -> None:
    assert kind in TABLE


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_told_as_a_problem(kind: type[TokenServerError]) -> None:
    request = make_mocked_request("GET", "/view/tsv_x")
    request[REQUEST_ID] = "request-0001"
    response = refuse(request, make(kind))
    assert isinstance(response.body, bytes)
    body = orjson.loads(response.body)
    assert body.keys() == {"type", "title", "status", "detail", "code", "request_id"}
    assert (body["type"], body["status"]) == (f"urn:token-server:problem:{body['code']}", response.status)
    assert (response.status >= 500) is (issubclass(kind, Unavailable) or kind is TokenServerError)
    assert ("Retry-After" in response.headers) is issubclass(kind, Unavailable | Limited)
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Vary"] == "Origin"
    if issubclass(kind, NotFound):
        assert (body["code"], body["detail"]) == ("view_not_found", body["title"])


def test_every_code_is_documented() -> None:
    documented = set(load(BROWSER)["components"]["schemas"]["ViewProblem"]["properties"]["code"]["enum"])
    told = {row.code for row in [*TABLE.values(), *HTTP_TABLE.values(), FAILED]}
    # A browser sends no body, has no credentials and changes nothing: these are never told.
    assert told - documented == {"body_too_large", "conflict", "not_allowed"}
    assert documented - told == set()


async def test_a_failure_says_nothing_but_the_request_id_and_ends_a_stream_that_has_begun() -> None:
    async def fail(_: web.Request) -> web.Response:
        raise ZeroDivisionError("a secret in a message")

    async def fail_later(request: web.Request) -> web.StreamResponse:
        stream = await begin_stream(request, {})
        await send(request, stream, b": one\n\n")
        raise ZeroDivisionError("a secret in a message")

    async def busy_later(request: web.Request) -> web.StreamResponse:
        await begin_stream(request, {})
        raise errors.StorageBusy("later")

    application = web.Application()
    routes = [web.get("/view/a", fail), web.get("/view/b", fail_later), web.get("/view/c", busy_later)]
    application.add_routes(Edge([MANNERS], Telemetry()).around(routes))
    async with TestClient(TestServer(application)) as client:
        async with client.get("/view/a") as response:
            assert (response.status, (await response.json())["code"]) == (500, "internal")
            assert "secret" not in await response.text()
        for path, told in (("/view/b", b": one\n\n"), ("/view/c", b"")):
            async with client.get(path) as response:
                assert (response.status, await response.read()) == (200, told)
                assert response.headers["X-Request-ID"]
