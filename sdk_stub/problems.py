"""What each refusal of the server means to an app: one table from the server's words to the contract's numbers.

The server's `code` (RFC 9457 problem details) or `error` (RFC 6749 section 5.2) decides; the HTTP status is asked only
where neither is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from sdk_stub.errors import Code, SdkError
from sdk_stub.transport import Answer

FIRST_REFUSAL, FIRST_FAILURE = 300, 500
NOT_AUTHENTICATED = "not_authenticated"
SIGNATURE_TOO_OLD = "signature_too_old"

MEANINGS = {
    NOT_AUTHENTICATED: Code.UserNotAuthenticated,
    "invalid_token": Code.UserNotAuthenticated,
    "invalid_grant": Code.UserNotAuthenticated,
    "device_deregistered": Code.DeviceDeregistered,
    "invalid_client": Code.DeviceDeregistered,  # the token endpoint does not know this device's credentials any more
    "user_deregistered": Code.UserDeregistered,
    "not_enrolled": Code.MobileAuthenticationNotEnrolled,
    "enrollment_disabled": Code.EnrollmentNotAvailable,
    "feature_disabled": Code.EnrollmentNotAvailable,
    "already_enrolled": Code.DeviceAlreadyEnrolled,
    "application_refused": Code.OutdatedApp,
    "identity_provider_not_found": Code.IdentityProviderNotFound,
    "registration_code_refused": Code.CustomRegistrationFailure,
    "transaction_not_found": Code.MobileAuthenticationRequestNotFound,
    "expired": Code.MobileAuthenticationRequestNotFound,
    "stale_frame": Code.MobileAuthenticationRequestNotFound,
    "already_answered": Code.MobileAuthenticationRequestNotFound,
}


@dataclass(frozen=True)
class Problem:
    """A refusal as the server worded it; `code` and `rule` are empty where it gave none."""

    status: int
    code: str
    rule: str
    detail: str


def find_problem(answer: Answer) -> Problem | None:
    """Return the refusal in an answer, or None when it succeeded."""
    if answer.status < FIRST_REFUSAL:
        return None
    try:
        members = answer.members()
    except SdkError:
        members = {}
    code = str(members.get("code") or members.get("error") or "")
    detail = str(members.get("detail") or members.get("error_description") or "")
    return Problem(answer.status, code, str(members.get("rule") or ""), _sentence(answer, detail, members))


def to_error(problem: Problem) -> SdkError:
    """Return what the app is told."""
    return SdkError(_meaning(problem), problem.detail)


def _meaning(problem: Problem) -> Code:
    if problem.rule == SIGNATURE_TOO_OLD:
        return Code.InvalidDatetime
    if problem.code in MEANINGS:
        return MEANINGS[problem.code]
    return Code.GeneralError if problem.status >= FIRST_FAILURE else Code.InvalidRequest


def _sentence(answer: Answer, detail: str, members: dict[str, object]) -> str:
    if not members:
        return f"The server answered HTTP {answer.status} without a reason; is this a token server's address?"
    reference = f" (request {members['request_id']})" if members.get("request_id") else ""
    return f"{detail or members.get('title') or f'The server answered HTTP {answer.status}'}{reference}"
