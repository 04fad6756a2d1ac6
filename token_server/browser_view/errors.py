"""How browsers are told bad news: RFC 9457 problem details with a stable `code`.

    {"type":"urn:token-server:problem:view_not_found","title":"There is nothing to see here","status":404,
     "detail":"There is nothing to see here, or no longer","code":"view_not_found","request_id":"…"}

The table is short, for there is little that a stranger with a token can do wrong, and nothing he should learn from it:
whatever is not found is not found alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from token_server.browser_view import cross_origin
from token_server.domain import errors
from token_server.web.edge import Manners
from token_server.web.lookup import row_of
from token_server.web.problems import answer_problem

PREFIX = "/view/"
PREFIXES = (PREFIX, "/widget/")


@dataclass(frozen=True)
class Problem:
    """One row: HTTP status, the word for programs, the title for people."""

    status: int
    code: str
    title: str


NOT_FOUND = Problem(404, "view_not_found", "There is nothing to see here")
TABLE: dict[type[errors.TokenServerError], Problem] = {
    errors.TokenServerError: Problem(500, "internal", "Something went wrong here"),
    errors.InputError: Problem(400, "invalid_request", "The request cannot be used"),
    errors.AccessError: Problem(403, "not_allowed", "Not allowed"),
    errors.NotFound: NOT_FOUND,
    errors.Conflict: Problem(409, "conflict", "It cannot be done now"),
    errors.Expired: Problem(410, "code_gone", "There is no code to show any more"),
    errors.Limited: Problem(429, "limited", "Too many attempts"),
    errors.Unavailable: Problem(503, "unavailable", "Try again in a moment"),
}
HTTP_TABLE: dict[int, Problem] = {
    404: NOT_FOUND,
    405: Problem(405, "method_not_allowed", "Another method is needed"),
    413: Problem(413, "body_too_large", "The body is too large"),
}
FAILED = TABLE[errors.TokenServerError]


def refuse(request: web.Request, error: errors.TokenServerError) -> web.Response:
    """Return the problem that an error of the core amounts to."""
    headers = {}
    if isinstance(error, errors.Limited):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, errors.Unavailable):
        headers["Retry-After"] = "1"
    row = row_of(error, TABLE)
    if row is NOT_FOUND or isinstance(error, errors.Limited):
        headers |= cross_origin.for_everybody(request)
    return _tell(request, row, row.title if row is NOT_FOUND else str(error), headers)


def refuse_http(request: web.Request, error: web.HTTPException) -> web.Response:
    """Return the problem for what never reached a handler."""
    row = HTTP_TABLE.get(error.status, Problem(error.status, "invalid_request", error.reason))
    allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return _tell(request, row, row.title, allow)


def fail(request: web.Request) -> web.Response:
    """Return a 500 that says nothing but the request id."""
    return _tell(request, FAILED, "The story is in the server's log, under the request id", {})


def _tell(request: web.Request, row: Problem, detail: str, headers: dict[str, str]) -> web.Response:
    everything = {**cross_origin.headers(request), **headers}
    return answer_problem(request, row.status, row.code, row.title, detail, headers=everything)


MANNERS = Manners("browser", PREFIXES, refuse, refuse_http, fail)
