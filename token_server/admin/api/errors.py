"""How the admin API tells bad news: problem details (RFC 9457) with a stable `code`.

{"type":"urn:token-server:problem:changed_meanwhile","title":"Somebody else changed it","status":412,
 "detail":"bob was changed meanwhile, or there is nothing to change","code":"changed_meanwhile","request_id":"…"}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from token_server.admin.api.revisions import RevisionMissing
from token_server.domain import errors
from token_server.web.answers import answer_json
from token_server.web.bodies import WrongMediaType
from token_server.web.edge import REQUEST_ID, Manners
from token_server.web.lookup import row_of

PREFIX = "/api/"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Problem:
    """One row: HTTP status, the word for programs, the title for people."""

    status: int
    code: str
    title: str


INVALID = Problem(400, "invalid_request", "The request cannot be used")
UNAVAILABLE = Problem(503, "unavailable", "Try again in a moment")
TABLE: dict[type[errors.TokenServerError], Problem] = {
    errors.TokenServerError: Problem(500, "internal", "Something went wrong here"),
    errors.InputError: INVALID,
    WrongMediaType: Problem(415, "unsupported_media_type", "Another media type is needed"),
    RevisionMissing: Problem(428, "revision_missing", "Say which revision you change"),
    errors.AccessError: Problem(403, "not_allowed", "Not allowed"),
    errors.NotAuthenticated: Problem(401, "not_authenticated", "A personal access token is needed"),
    errors.NotAllowed: Problem(403, "not_allowed", "Not allowed"),
    errors.NotFound: Problem(404, "not_found", "There is no such thing"),
    errors.Conflict: Problem(409, "conflict", "It cannot be done now"),
    errors.AlreadyExists: Problem(409, "already_exists", "There is one already"),
    errors.ChangedMeanwhile: Problem(412, "changed_meanwhile", "Somebody else changed it"),
    errors.Expired: Problem(410, "expired", "Too late"),
    errors.Limited: Problem(429, "limited", "Too many attempts"),
    errors.Unavailable: UNAVAILABLE,
}
HTTP_TABLE: dict[int, Problem] = {
    404: Problem(404, "not_found", "There is no such thing"),
    405: Problem(405, "method_not_allowed", "Another method is needed"),
    413: Problem(413, "body_too_large", "The body is too large"),
}
FAILED = Problem(500, "internal", "Something went wrong here")


def refuse(request: web.Request, error: errors.TokenServerError) -> web.Response:
    """Return the problem that an error of the core amounts to."""
    headers = {}
    if isinstance(error, errors.NotAuthenticated):
        reason = ', error="invalid_token"' if "Authorization" in request.headers else ""  # RFC 6750 section 3.1
        headers["WWW-Authenticate"] = f'Bearer realm="admin API"{reason}'
    if isinstance(error, errors.Limited):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, errors.Unavailable):
        headers["Retry-After"] = "1"
    more = {"parameter": error.name} if isinstance(error, errors.InvalidParameter) else {}
    return _tell(request, row_of(error, TABLE), str(error), headers, more)


def refuse_http(request: web.Request, error: web.HTTPException) -> web.Response:
    """Return the problem for what never reached a handler: no such path, no such method, too large a body."""
    row = HTTP_TABLE.get(error.status, Problem(error.status, "invalid_request", error.reason))
    allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return _tell(request, row, error.reason, allow, {})


def fail(request: web.Request) -> web.Response:
    """Return a 500 that says nothing but the request id."""
    return _tell(request, FAILED, "The story is in the server's log, under the request id", {}, {})


def _tell(
    request: web.Request, row: Problem, detail: str, headers: dict[str, str], more: dict[str, Any]
) -> web.Response:
    body = {
        "type": f"urn:token-server:problem:{row.code}",
        "title": row.title,
        "status": row.status,
        "detail": detail,
        "code": row.code,
        "request_id": request[REQUEST_ID],
        **more,
    }
    return answer_json(body, row.status, headers, PROBLEM)


MANNERS = Manners("admin_api", PREFIX, refuse, refuse_http, fail)
