"""How the mobile API tells bad news: RFC 9457 problem details with a stable `code`.

    {"type":"urn:token-server:problem:expired","title":"Too late","status":410,
     "detail":"This mobile authentication request has expired","code":"expired","request_id":"…"}

The token endpoint speaks RFC 6749 section 5.2 instead, as its clients expect, and adds our `code`:
`{"error","error_description","code"}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from token_server.domain import errors
from token_server.mobile_api.enrollments import NoEnrollment
from token_server.mobile_api.grants import UnsupportedGrantType
from token_server.mobile_api.profiles import UnknownIdentityProvider
from token_server.web.answers import answer_json
from token_server.web.bodies import WrongMediaType
from token_server.web.edge import Manners
from token_server.web.lookup import row_of
from token_server.web.problems import answer_problem

TOKEN_PATHS = ("/oauth/token", "/oauth/revoke")


@dataclass(frozen=True)
class Problem:
    """One row: HTTP status, the word for programs, the title for people, the token endpoint's word."""

    status: int
    code: str
    title: str
    oauth_error: str = "invalid_request"


TABLE: dict[type[errors.TokenServerError], Problem] = {
    errors.TokenServerError: Problem(500, "internal", "Something went wrong here", "server_error"),
    errors.InputError: Problem(400, "invalid_request", "The request cannot be used"),
    errors.InvalidParameter: Problem(400, "invalid_request", "The request cannot be used"),
    UnsupportedGrantType: Problem(400, "invalid_request", "The request cannot be used", "unsupported_grant_type"),
    WrongMediaType: Problem(415, "unsupported_media_type", "Another media type is needed"),
    errors.MessageMissing: Problem(400, "invalid_request", "The request cannot be used"),
    errors.MessageTooLong: Problem(400, "invalid_request", "The request cannot be used"),
    errors.RuleBroken: Problem(400, "invalid_request", "The request cannot be used"),
    errors.KeyRefused: Problem(400, "key_refused", "The public key cannot be enrolled"),
    errors.MessageRefused: Problem(400, "message_refused", "The OpenPGP message is refused"),
    errors.ProofRefused: Problem(400, "proof_refused", "The proof does not fit the public key"),
    errors.IdempotencyKeyReused: Problem(400, "invalid_request", "The request cannot be used"),
    errors.AccessError: Problem(401, "not_authenticated", "Log in first", "invalid_client"),
    errors.NotAuthenticated: Problem(401, "not_authenticated", "Log in first", "invalid_client"),
    errors.DeviceDeregistered: Problem(401, "device_deregistered", "The device was removed", "invalid_client"),
    errors.UserDeregistered: Problem(401, "user_deregistered", "The user was removed from the device", "invalid_grant"),
    errors.InvalidGrant: Problem(400, "registration_code_refused", "The code cannot be redeemed", "invalid_grant"),
    errors.NotAllowed: Problem(403, "not_allowed", "Not allowed", "unauthorized_client"),
    errors.NotEnrolled: Problem(403, "not_enrolled", "Not enrolled for mobile authentication"),
    errors.EnrollmentDisabled: Problem(403, "enrollment_disabled", "Enrolment is switched off"),
    errors.ApplicationRefused: Problem(
        403, "application_refused", "The application may not do this", "unauthorized_client"
    ),
    errors.NotFound: Problem(404, "not_found", "There is no such thing"),
    NoEnrollment: Problem(404, "not_enrolled", "Not enrolled for mobile authentication"),
    UnknownIdentityProvider: Problem(404, "identity_provider_not_found", "There is no such way to register"),
    errors.FeatureDisabled: Problem(404, "feature_disabled", "Mobile authentication is switched off"),
    errors.TypeNotFound: Problem(404, "not_found", "There is no such thing"),
    errors.NoPossibilities: Problem(404, "not_found", "There is no such thing"),
    errors.SmsDisabled: Problem(404, "not_found", "There is no such thing"),
    errors.ViewNotFound: Problem(404, "not_found", "There is no such thing"),
    errors.TransactionNotFound: Problem(404, "transaction_not_found", "There is no such request"),
    errors.Conflict: Problem(409, "conflict", "It cannot be done now"),
    errors.AlreadyExists: Problem(409, "already_enrolled", "Enrolled already"),
    errors.WrongState: Problem(409, "already_answered", "Answered already"),
    errors.ChangedMeanwhile: Problem(409, "conflict", "It cannot be done now"),
    errors.TooManyViews: Problem(409, "conflict", "It cannot be done now"),
    errors.AlreadyUsed: Problem(409, "already_used", "Used already"),
    errors.RequestUnderWay: Problem(409, "conflict", "It cannot be done now"),
    errors.Expired: Problem(410, "expired", "Too late"),
    errors.StaleFrame: Problem(410, "stale_frame", "The code has changed"),
    errors.Limited: Problem(429, "limited", "Too many attempts", "slow_down"),
    errors.Unavailable: Problem(503, "unavailable", "Try again in a moment", "temporarily_unavailable"),
    errors.StorageBusy: Problem(503, "unavailable", "Try again in a moment", "temporarily_unavailable"),
    errors.UpstreamFailed: Problem(503, "unavailable", "Try again in a moment", "temporarily_unavailable"),
}

HTTP_TABLE: dict[int, Problem] = {
    404: Problem(404, "not_found", "There is no such thing"),
    405: Problem(405, "method_not_allowed", "Another method is needed"),
    413: Problem(413, "body_too_large", "The body is too large"),
}
FAILED = Problem(500, "internal", "Something went wrong here", "server_error")


def refuse(request: web.Request, error: errors.TokenServerError) -> web.Response:
    """Return the problem that an error of the core amounts to."""
    row = row_of(error, TABLE)
    headers = {}
    if isinstance(error, errors.NotAuthenticated):
        headers["WWW-Authenticate"] = _challenge(request)
    if isinstance(error, errors.Limited):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, errors.Unavailable):
        headers["Retry-After"] = "1"
    more: dict[str, Any] = {}
    if isinstance(error, errors.InvalidParameter):
        more["parameter"] = error.name
    if isinstance(error, errors.RuleBroken):
        more["rule"] = error.rule
    if isinstance(error, errors.Limited):
        more["retry_after_s"] = error.retry_after_s
    return _tell(request, row, str(error), headers, more)


def refuse_http(request: web.Request, error: web.HTTPException) -> web.Response:
    """Return the problem for what never reached a handler: no such path, no such method, too large a body."""
    row = HTTP_TABLE.get(error.status, Problem(error.status, "invalid_request", error.reason))
    allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    return _tell(request, row, error.reason, allow)


def fail(request: web.Request) -> web.Response:
    """Return a 500 that says nothing but the request id."""
    return _tell(request, FAILED, "The story is in the server's log, under the request id")


def _challenge(request: web.Request) -> str:
    if not request.path.startswith("/mobile/"):
        return 'Basic realm="devices"'
    reason = ', error="invalid_token"' if "Authorization" in request.headers else ""  # RFC 6750 section 3.1
    return f'Bearer realm="mobile API"{reason}'


def _tell(
    request: web.Request,
    row: Problem,
    detail: str,
    headers: dict[str, str] | None = None,
    more: dict[str, Any] | None = None,
) -> web.Response:
    if request.path in TOKEN_PATHS:
        status = 400 if row.status in {403, 415} else row.status
        # An InvalidGrant is a refresh token here, and a registration code elsewhere.
        code = row.oauth_error if row is TABLE[errors.InvalidGrant] else row.code
        body: dict[str, Any] = {"error": row.oauth_error, "error_description": detail, "code": code}
        return answer_json(body, status, headers)
    return answer_problem(request, row.status, row.code, row.title, detail, headers=headers, more=more)


MANNERS = Manners("mobile", "/", refuse, refuse_http, fail)
