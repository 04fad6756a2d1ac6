"""How the v4 API tells bad news (reference: portal API sections 2.1, 2.8 and 3.1).

    {"error": "not_found", "error_description": "Failed to authenticate, invalid transaction id", "error_code": 3004}

`error_code` is our one addition to v4 bodies: the vendor's number, where its table has one. The Device API has a
form of its own: `{"code", "message", "details"}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from token_server.domain import errors
from token_server.portal_api.tokens import UnsupportedGrantType
from token_server.web.answers import answer_json
from token_server.web.credentials import says_bearer
from token_server.web.edge import REQUEST_ID, Manners
from token_server.web.lookup import row_of

PREFIX = "/oauth/api/"
DEVICE_API = re.compile(r"/oauth/api/v4/users/[^/]*/devices(/|$)")
BASIC_CHALLENGE = 'Basic realm="portal API", charset="UTF-8"'
BEARER_CHALLENGE = 'Bearer realm="portal API", error="invalid_token"'  # RFC 6750 section 3
VERSION_3 = "/oauth/api/v3/"
VERSION_3_REFUSAL = "Server configuration mandates use of API version 4 and above for mobile authentication"


@dataclass(frozen=True)
class Answer:
    """One row: HTTP status, the word for programs, the vendor's number, the Device API's word."""

    status: int
    error: str
    error_code: int | None = None
    device_code: str = "invalid_request"


TABLE: dict[type[errors.TokenServerError], Answer] = {
    errors.TokenServerError: Answer(500, "server_error", None, "server_error"),
    errors.InputError: Answer(400, "invalid_request", 1003),
    errors.InvalidParameter: Answer(400, "invalid_request", 1003),
    UnsupportedGrantType: Answer(400, "unsupported_grant_type"),
    errors.MessageMissing: Answer(404, "not_found", 1006, "not_found"),
    errors.MessageTooLong: Answer(400, "invalid_request", 1005),
    errors.RuleBroken: Answer(400, "invalid_request", 1003),
    errors.KeyRefused: Answer(400, "invalid_request", 1003),
    errors.MessageRefused: Answer(400, "invalid_request", 1003),
    errors.ProofRefused: Answer(400, "invalid_request", 1003),
    errors.IdempotencyKeyReused: Answer(422, "idempotency_key_reused"),
    errors.AccessError: Answer(401, "invalid_client", None, "unauthorized"),
    errors.NotAuthenticated: Answer(401, "invalid_client", None, "unauthorized"),
    errors.DeviceDeregistered: Answer(401, "invalid_client", None, "unauthorized"),
    errors.UserDeregistered: Answer(401, "invalid_client", None, "unauthorized"),
    errors.InvalidGrant: Answer(400, "invalid_grant"),
    errors.NotAllowed: Answer(400, "unauthorized_client", None, "insufficient_permissions"),
    errors.NotEnrolled: Answer(404, "not_found", 1001, "not_found"),
    errors.EnrollmentDisabled: Answer(404, "not_found", 1000, "not_found"),
    errors.ApplicationRefused: Answer(400, "unauthorized_client", None, "insufficient_permissions"),
    errors.NotFound: Answer(404, "not_found", None, "not_found"),
    errors.FeatureDisabled: Answer(404, "not_found", 1000, "not_found"),
    errors.TypeNotFound: Answer(404, "not_found", 3005, "not_found"),
    errors.NoPossibilities: Answer(404, "not_found", 1001, "not_found"),
    errors.SmsDisabled: Answer(404, "not_found", 3000, "not_found"),
    errors.TransactionNotFound: Answer(404, "not_found", 3004, "not_found"),
    errors.ViewNotFound: Answer(404, "not_found", 3004, "not_found"),
    errors.Conflict: Answer(409, "conflict", None, "conflict"),
    errors.AlreadyExists: Answer(409, "conflict", None, "conflict"),
    errors.WrongState: Answer(409, "conflict", None, "conflict"),
    errors.ChangedMeanwhile: Answer(409, "conflict", None, "conflict"),
    errors.TooManyViews: Answer(409, "too_many_views", None, "conflict"),
    errors.AlreadyUsed: Answer(409, "conflict", None, "conflict"),
    errors.RequestUnderWay: Answer(409, "request_under_way", None, "conflict"),
    errors.Expired: Answer(404, "not_found", 3004, "not_found"),
    errors.StaleFrame: Answer(404, "not_found", 3004, "not_found"),
    errors.Limited: Answer(429, "slow_down", None, "slow_down"),
    errors.Unavailable: Answer(503, "temporarily_unavailable", None, "temporarily_unavailable"),
    errors.StorageBusy: Answer(503, "temporarily_unavailable", None, "temporarily_unavailable"),
    errors.UpstreamFailed: Answer(503, "temporarily_unavailable", 1002, "temporarily_unavailable"),
}

HTTP_TABLE: dict[int, Answer] = {
    404: Answer(404, "not_found", None, "not_found"),
    405: Answer(405, "method_not_allowed", None, "method_not_allowed"),
    413: Answer(413, "invalid_request", 1003),
}
FAILED = Answer(500, "server_error", None, "server_error")
# The status of a refused right differs: RFC 6749 section 5.2 for v4, the documented 403 for the Device API.
DEVICE_STATUS = {"insufficient_permissions": 403}


def refuse(request: web.Request, error: errors.TokenServerError) -> web.Response:
    """Return the documented answer to an error of the core."""
    row = row_of(error, TABLE)
    headers = {}
    if isinstance(error, errors.NotAuthenticated):
        headers["WWW-Authenticate"] = BEARER_CHALLENGE if says_bearer(request) else BASIC_CHALLENGE
    if isinstance(error, errors.Limited):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, errors.Unavailable | errors.RequestUnderWay):
        headers["Retry-After"] = "1"
    return _tell(request, row, str(error), headers)


def refuse_http(request: web.Request, error: web.HTTPException) -> web.Response:
    """Return the answer to what never reached a handler: no such path, no such method, too large a body."""
    if request.path.startswith(VERSION_3):
        return _tell(request, Answer(404, "not_found", 4001), VERSION_3_REFUSAL)
    row = HTTP_TABLE.get(error.status, Answer(error.status, "invalid_request"))
    allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return _tell(request, row, error.reason, allow)


def fail(request: web.Request) -> web.Response:
    """Return a 500 that says nothing but the request id."""
    return _tell(request, FAILED, f"Something went wrong here; request {request[REQUEST_ID]}")


def _tell(request: web.Request, row: Answer, sentence: str, headers: dict[str, str] | None = None) -> web.Response:
    if DEVICE_API.match(request.rel_url.raw_path):
        body: dict[str, Any] = {"code": row.device_code, "message": sentence, "details": []}
        return answer_json(body, DEVICE_STATUS.get(row.device_code, row.status), headers)
    body = {"error": row.error, "error_description": sentence}
    if row.error_code is not None:
        body["error_code"] = row.error_code
    return answer_json(body, row.status, headers)


MANNERS = Manners("portal", PREFIX, refuse, refuse_http, fail)
