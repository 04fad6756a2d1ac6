"""Who may do what at the admin's desk: every route of the console and the API, one row each.

A route without a row fails the test, and so does a row without a route. A page family adds its rows here.
"""

from __future__ import annotations

from token_server.domain.operators import Role

OWNER, ADMIN, HELPDESK, AUDITOR = Role.OWNER, Role.ADMIN, Role.HELPDESK, Role.AUDITOR
EVERY_ROLE = frozenset(Role)
OWNERS = frozenset({OWNER})
ADMINS = frozenset({OWNER, ADMIN})
READERS = frozenset({OWNER, ADMIN, AUDITOR})
# Nobody has to be signed in, or only half.
ANYBODY = "anybody"
HALF_WAY = "half way in"

CONSOLE: dict[str, frozenset[Role] | str] = {
    "GET /": EVERY_ROLE,
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "GET /set-up/{link}": ANYBODY,
    "POST /set-up/{link}": ANYBODY,
    "POST /sign-out": EVERY_ROLE,
    "GET /sign-in/second-factor": HALF_WAY,
    "POST /sign-in/second-factor": HALF_WAY,
    "GET /sign-in/recovery-code": HALF_WAY,
    "POST /sign-in/recovery-code": HALF_WAY,
    "GET /sign-in/enrol": HALF_WAY,
    "POST /sign-in/enrol": HALF_WAY,
    "GET /account": EVERY_ROLE,
    "POST /account/password": EVERY_ROLE,
    "POST /account/sessions/end-others": EVERY_ROLE,
    "POST /account/sessions/{session_id}/end": EVERY_ROLE,
    "POST /theme": ANYBODY,
    "GET /operators": READERS,
    "POST /operators": OWNERS,
    "GET /operators/{operator_id}/{action}": OWNERS,
    "POST /operators/{operator_id}/{action}": OWNERS,
    "POST /operators/{operator_id}/role": OWNERS,
    "GET /tokens": EVERY_ROLE,
    "POST /tokens": EVERY_ROLE,
    "GET /tokens/{token_id}/revoke": EVERY_ROLE,
    "POST /tokens/{token_id}/revoke": EVERY_ROLE,
    "GET /static/{digest}/{name}": ANYBODY,
    "GET /authentication-types": READERS,
    "GET /new/authentication-type": ADMINS,
    "POST /new/authentication-type": ADMINS,
    "GET /authentication-types/{name}": READERS,
    "POST /authentication-types/{name}": ADMINS,
    "GET /authentication-types/{name}/rename": ADMINS,
    "POST /authentication-types/{name}/rename": ADMINS,
    "GET /authentication-types/{name}/{action}": ADMINS,
    "POST /authentication-types/{name}/{action}": ADMINS,
    "GET /transactions": EVERY_ROLE,
    "GET /transactions/{transaction_id}": EVERY_ROLE,
    "GET /transactions/{transaction_id}/evidence": READERS,
    "POST /transactions/{transaction_id}/verify": READERS,
    "GET /callbacks": EVERY_ROLE,
    "POST /callbacks/{transaction_id}/retry": ADMINS,
}
API: dict[str, frozenset[Role]] = {
    "GET /api/v1/me": EVERY_ROLE,
    "GET /api/v1/operators": READERS,
    "POST /api/v1/operators": OWNERS,
    "GET /api/v1/operators/{operator_id}": READERS,
    "PATCH /api/v1/operators/{operator_id}": OWNERS,
    "POST /api/v1/operators/{operator_id}/reset-second-factor": OWNERS,
    "GET /api/v1/tokens": EVERY_ROLE,
    "POST /api/v1/tokens": EVERY_ROLE,
    "DELETE /api/v1/tokens/{token_id}": EVERY_ROLE,
    "GET /api/v1/authentication-types": READERS,
    "POST /api/v1/authentication-types": ADMINS,
    "GET /api/v1/authentication-types/{name}": READERS,
    "PATCH /api/v1/authentication-types/{name}": ADMINS,
    "POST /api/v1/authentication-types/{name}/rename": ADMINS,
    "GET /api/v1/transactions": EVERY_ROLE,
    "GET /api/v1/transactions/{transaction_id}": EVERY_ROLE,
    "GET /api/v1/transactions/{transaction_id}/evidence": READERS,
    "GET /api/v1/callback-deliveries": EVERY_ROLE,
    "GET /api/v1/callback-deliveries/{transaction_id}": EVERY_ROLE,
    "POST /api/v1/callback-deliveries/{transaction_id}/retry": ADMINS,
}
# What stands for a parameter of a path: of the right form, and nobody's.
SAMPLES = {
    "link": "tsi_" + "x" * 43,
    "session_id": "0" * 24,
    "operator_id": "0" * 24,
    "token_id": "0" * 24,
    "transaction_id": "0" * 32,
    "action": "disable",
    "digest": "0" * 12,
    "name": "console.css",
}
