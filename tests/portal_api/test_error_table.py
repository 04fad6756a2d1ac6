"""The portal API has its own answer to every error that the core can raise, and to those that nobody foresaw."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from token_server.domain import errors
from token_server.domain.errors import Limited, NotAuthenticated, RequestUnderWay, TokenServerError, Unavailable
from token_server.portal_api.errors import HTTP_TABLE, MANNERS, TABLE, refuse
from token_server.telemetry import Telemetry
from token_server.web.edge import REQUEST_ID, Edge

CLASSES = sorted(
    (each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, TokenServerError)),
    key=lambda each: each.__name__,
)
DEVICES = "/oauth/api/v4/users/alice/devices"


def make(kind: type[TokenServerError]) -> TokenServerError:
    """One error of that class, with whatever it asks for."""
    texts = {"problem": "a sentence", "name": "parameter", "rule": "a_rule"}
    wanted = [name for name in inspect.signature(kind.__init__).parameters if name in {*texts, "retry_after_s"}]
    return kind(*(7 if name == "retry_after_s" else texts[name] for name in wanted)) if wanted else kind("a sentence")


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_has_a_row_of_its_own(kind: type[TokenServerError]) -> None:
    assert kind in TABLE


def test_the_table_has_no_rows_for_errors_that_do_not_exist() -> None:
    assert {kind for kind in TABLE if kind.__module__ == errors.__name__} == set(CLASSES)


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("path", ["/oauth/api/v4/authenticate/user", DEVICES])
def test_every_error_is_told_in_the_shape_of_its_api(kind: type[TokenServerError], path: str) -> None:
    request = make_mocked_request("POST", path)
    request[REQUEST_ID] = "request-0001"
    response = refuse(request, make(kind))
    assert isinstance(response.body, bytes)
    body = orjson.loads(response.body)
    if path == DEVICES:
        assert body.keys() == {"code", "message", "details"}
    else:
        assert body.keys() - {"error_code"} == {"error", "error_description"}
    is_ours = issubclass(kind, Unavailable) or kind is TokenServerError
    assert (response.status >= 500) is is_ours
    assert ("WWW-Authenticate" in response.headers) is issubclass(kind, NotAuthenticated)
    assert ("Retry-After" in response.headers) is issubclass(kind, Unavailable | Limited | RequestUnderWay)


def test_limited_says_when_to_come_back() -> None:
    response = refuse(make_mocked_request("GET", DEVICES), Limited("too many", 7))
    assert (response.status, response.headers["Retry-After"]) == (429, "7")


def test_what_never_reaches_a_handler_has_rows_too() -> None:
    assert HTTP_TABLE.keys() == {404, 405, 413}


@pytest.fixture
async def broken() -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A server behind the edge whose handler fails as nobody foresaw."""

    async def fail(_: web.Request) -> web.Response:
        secret = "a secret in a message"
        raise ZeroDivisionError(secret)

    application = web.Application()
    routes = [web.get("/oauth/api/v4/authenticate/user", fail), web.get(DEVICES, fail)]
    application.add_routes(Edge([MANNERS], Telemetry()).around(routes))
    async with TestClient(TestServer(application)) as client:
        yield client


async def test_an_unforeseen_error_says_nothing_but_the_request_id(
    broken: TestClient[web.Request, web.Application],
) -> None:
    async with broken.get("/oauth/api/v4/authenticate/user") as response:
        body = await response.json()
        assert (response.status, body["error"]) == (500, "server_error")
        assert "secret" not in await response.text()
        assert response.headers["X-Request-ID"] in body["error_description"]
    async with broken.get(DEVICES) as response:
        assert (response.status, (await response.json())["code"]) == (500, "server_error")
