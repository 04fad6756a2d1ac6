"""Personal access tokens over the API, and who one is.

GET    /api/v1/me
GET    /api/v1/tokens
POST   /api/v1/tokens              {"name": "backups", "role": "auditor", "days": 30} > 201 with the token, once
DELETE /api/v1/tokens/{token_id}   a token never changes, so there is no revision to name
"""

from __future__ import annotations

from typing import Any

from aiohttp import web
from marshmallow import fields

from token_server.admin.api.doors import Call, Operation
from token_server.admin.api.operators import StrictSchema
from token_server.admin.api.paging import LARGEST, answer_page, asked_cursor, asked_limit
from token_server.domain.operators import PERMISSIONS, Permission, Role, TokenRecord
from token_server.flows.administration.operator_tokens import OperatorTokens
from token_server.web.answers import answer_json, answer_nothing
from token_server.web.bodies import read_json
from token_server.web.schemas import load


class NewTokenSchema(StrictSchema):
    """The body that makes a token."""

    name = fields.String(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    days = fields.Integer(strict=True, required=True)


class Tokens:
    """The caller's own tokens."""

    def __init__(self, tokens: OperatorTokens) -> None:
        """Ask the flow."""
        self._tokens = tokens

    def operations(self) -> list[Operation]:
        """Return the operations."""
        own = Permission.OWN_ACCOUNT
        return [
            Operation("GET", "/me", self.me, own),
            Operation("GET", "/tokens", self.list, own),
            Operation("POST", "/tokens", self.issue, own),
            Operation("DELETE", "/tokens/{token_id:[^/]+}", self.revoke, own),
        ]

    async def me(self, call: Call) -> web.Response:
        """Return whom the token acts for, and what it may do."""
        operator = call.operator
        body = {
            "operator_id": operator.operator_id,
            "name": operator.name,
            "role": operator.role.value,
            "permissions": sorted(permission.value for permission in PERMISSIONS[operator.role]),
            "expires_at": operator.until,
        }
        return answer_json(body)

    async def list(self, call: Call) -> web.Response:
        """List the caller's live tokens, newest first."""
        limit = asked_limit(call.request)
        before, before_id = asked_cursor(call.request, LARGEST, "")
        found = await self._tokens.list_own(call.operator, before=before, before_id=before_id, most=limit + 1)
        return answer_page("tokens", found, limit, describe, lambda each: [each.created_at, each.token_id])

    async def issue(self, call: Call) -> web.Response:
        """Make a token; it is told this once.

        Errors: NotAllowed, InvalidParameter.
        """
        members = load(NewTokenSchema(), await read_json(call.request))
        name, role = members["name"], members["role"]
        issued = await self._tokens.issue(call.operator, name, role, days=members["days"])
        body = {
            "token_id": issued.token_id,
            "name": name,
            "role": role.value,
            "expires_at": issued.expires_at,
            "token": issued.token,
        }
        return answer_json(body, status=201)

    async def revoke(self, call: Call) -> web.Response:
        """End one of the caller's tokens, which may be the one that is used.

        Errors: NotFound.
        """
        await self._tokens.revoke_own(call.operator, call.named("token_id"))
        return answer_nothing()


def describe(token: TokenRecord) -> dict[str, Any]:
    """Return what is told of a token; never the token."""
    return {
        "token_id": token.token_id,
        "name": token.name,
        "role": token.role.value,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
    }
