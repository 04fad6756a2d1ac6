"""The mobile API has its own answer to every error that the core can raise, and to those that nobody foresaw."""

from __future__ import annotations

import inspect

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from sdk_stub.problems import MEANINGS
from token_server.domain import errors
from token_server.domain.errors import (
    InvalidParameter,
    Limited,
    NotAuthenticated,
    RuleBroken,
    TokenServerError,
    Unavailable,
)
from token_server.mobile_api.errors import MANNERS, TABLE, refuse
from token_server.telemetry import Telemetry
from token_server.web.edge import REQUEST_ID, Edge

CLASSES = sorted(
    (each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, TokenServerError)),
    key=lambda each: each.__name__,
)
OURS = [kind for kind in TABLE if kind not in CLASSES]
MORE = {RuleBroken: "rule", InvalidParameter: "parameter", Limited: "retry_after_s"}
TOKEN = "/oauth/token"
# RFC 6749 section 5.2, RFC 6749 section 4.1.2.1 for what is our fault, RFC 8628 section 3.5 for haste.
OAUTH_ERRORS = {
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "server_error",
    "temporarily_unavailable",
    "slow_down",
}


def make(kind: type[TokenServerError]) -> TokenServerError:
    """One error of that class, with whatever it asks for."""
    texts = {"problem": "a sentence", "name": "parameter", "rule": "a_rule", "expected": "text/plain"}
    wanted = [name for name in inspect.signature(kind.__init__).parameters if name in {*texts, "retry_after_s"}]
    return kind(*(7 if name == "retry_after_s" else texts[name] for name in wanted)) if wanted else kind("a sentence")


def told(kind: type[TokenServerError], path: str) -> tuple[web.Response, dict[str, object]]:
    request = make_mocked_request("POST", path)
    request[REQUEST_ID] = "request-0001"
    response = refuse(request, make(kind))
    assert isinstance(response.body, bytes)
    return response, orjson.loads(response.body)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_has_a_row_of_its_own(kind: type[TokenServerError]) -> None:
    assert kind in TABLE


@pytest.mark.parametrize("kind", [*CLASSES, *OURS])
def test_every_error_is_told_as_a_problem(kind: type[TokenServerError]) -> None:
    response, body = told(kind, "/mobile/v1/enrollments")
    more = {MORE[each] for each in MORE if issubclass(kind, each)}
    assert body.keys() == {"type", "title", "status", "detail", "code", "request_id"} | more
    assert body["type"] == f"urn:token-server:problem:{body['code']}"
    assert body["status"] == response.status
    is_ours = issubclass(kind, Unavailable) or kind is TokenServerError
    assert (response.status >= 500) is is_ours
    assert ("WWW-Authenticate" in response.headers) is issubclass(kind, NotAuthenticated)
    assert ("Retry-After" in response.headers) is issubclass(kind, Unavailable | Limited)


@pytest.mark.parametrize("kind", [*CLASSES, *OURS])
def test_the_token_endpoint_speaks_the_words_of_oauth_only(kind: type[TokenServerError]) -> None:
    response, body = told(kind, TOKEN)
    assert body.keys() == {"error", "error_description", "code"}
    assert body["error"] in OAUTH_ERRORS
    assert response.status in {400, 401, 404, 409, 410, 429, 500, 503}


def test_every_refusal_that_the_phone_gives_a_number_is_one_that_the_server_makes() -> None:
    said = {row.code for row in TABLE.values()} | {row.oauth_error for row in TABLE.values()}
    assert MEANINGS.keys() - said <= {"invalid_token"}  # RFC 6750's own word, for a proxy in between


def test_a_refresh_token_that_is_no_good_is_no_registration_code() -> None:
    _, body = told(errors.InvalidGrant, TOKEN)
    assert (body["error"], body["code"]) == ("invalid_grant", "invalid_grant")
    _, body = told(errors.InvalidGrant, "/oauth/custom-registration/registration-code/complete")
    assert body["code"] == "registration_code_refused"


async def test_an_unforeseen_error_says_nothing_but_the_request_id() -> None:
    async def fail(_: web.Request) -> web.Response:
        secret = "a secret in a message"
        raise ZeroDivisionError(secret)

    application = web.Application()
    routes = [web.get("/mobile/v1/enrollments", fail), web.get(TOKEN, fail)]
    application.add_routes(Edge([MANNERS], Telemetry()).around(routes))
    async with TestClient(TestServer(application)) as client:
        async with client.get("/mobile/v1/enrollments") as response:
            body = await response.json()
            assert (response.status, body["code"]) == (500, "internal")
            assert body["request_id"] == response.headers["X-Request-ID"]
            assert "secret" not in await response.text()
        async with client.get(TOKEN) as response:
            assert (response.status, (await response.json())["error"]) == (500, "server_error")
