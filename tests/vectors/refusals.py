"""What a server may refuse, what the SDK's contract calls it, and what to tell the person: one row for each code."""

from __future__ import annotations

from typing import Any

from sdk_stub.problems import Problem, to_error

SCAN_AGAIN = "This code is no longer good. Go back to the website, get a new one and scan that."
SIGN_IN = "Please sign in to the app again."
NOT_HERE = "This app cannot confirm logins at the moment. Please contact your portal."
LATER = "That did not work. Please try again in a moment."
# status, code, rule, and the sentence; the numbers are the SDK's own business.
REFUSALS = [
    (400, "invalid_request", "", NOT_HERE),
    (400, "key_refused", "algorithm", NOT_HERE),
    (400, "message_refused", "signature", NOT_HERE),
    (400, "message_refused", "signature_too_old", "The clock of this phone is wrong. Set it, then scan again."),
    (400, "proof_refused", "signature", NOT_HERE),
    (400, "registration_code_refused", "", "This code is not good, or was used already. Get a new one."),
    (401, "not_authenticated", "", SIGN_IN),
    (401, "device_deregistered", "", "This app was removed from your account. Set it up again."),
    (401, "user_deregistered", "", "You were removed from this app. Set it up again."),
    (403, "not_allowed", "", NOT_HERE),
    (403, "not_enrolled", "", "Confirming logins is not set up in this app. Set it up first."),
    (403, "enrollment_disabled", "", NOT_HERE),
    (403, "application_refused", "", "This version of the app is too old. Please update it."),
    (404, "not_found", "", NOT_HERE),
    (404, "feature_disabled", "", NOT_HERE),
    (404, "identity_provider_not_found", "", NOT_HERE),
    (404, "transaction_not_found", "", SCAN_AGAIN),
    (405, "method_not_allowed", "", NOT_HERE),
    (409, "already_enrolled", "", "This app is set up already."),
    (409, "already_answered", "", "You have answered this already."),
    (409, "already_used", "", SCAN_AGAIN),
    (409, "conflict", "", LATER),
    (410, "expired", "", SCAN_AGAIN),
    (410, "stale_frame", "", "The code has changed meanwhile. Scan the one that is shown now."),
    (413, "body_too_large", "", NOT_HERE),
    (415, "unsupported_media_type", "", NOT_HERE),
    (429, "limited", "", "That was too often. Please wait a little, then try again."),
    (500, "internal", "", LATER),
    (503, "unavailable", "", LATER),
]


def errors() -> list[dict[str, Any]]:
    """Every refusal as a problem (RFC 9457), with the contract's number and the sentence."""
    return [_error(*refusal) for refusal in REFUSALS]


def _error(status: int, code: str, rule: str, tell: str) -> dict[str, Any]:
    problem = {"type": f"urn:token-server:problem:{code}", "status": status, "code": code}
    error = to_error(Problem(status, code, rule, ""))
    return {
        "status": status,
        "body": problem | ({"rule": rule} if rule else {}),
        "sdk_code": error.code.value,
        "sdk_name": error.code.name,
        "tell": tell,
    }


def table() -> str:
    """Return the rows of the mobile guide, in Markdown."""
    rows = ["| HTTP | `code` | number | what to say |", "|---|---|---|---|"]
    for case in errors():
        body = case["body"]
        rule = f" (`{body['rule']}`)" if body.get("rule") == "signature_too_old" else ""
        rows.append(f'| {case["status"]} | `{body["code"]}`{rule} | {case["sdk_code"]} | "{case["tell"]}" |')
    return "\n".join(rows)
