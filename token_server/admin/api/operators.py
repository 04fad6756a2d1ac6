"""Operators over the API.

GET   /api/v1/operators
POST  /api/v1/operators                          {"name": "bob", "role": "admin"} > 201 with the set-up link, once
GET   /api/v1/operators/{operator_id}
PATCH /api/v1/operators/{operator_id}            {"disabled": true} or {"role": "auditor"}
POST  /api/v1/operators/{operator_id}/reset-second-factor
"""

from __future__ import annotations

from typing import Any

from aiohttp import web
from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from token_server.admin.api.doors import PREFIX, Call, Operation
from token_server.admin.api.paging import answer_page, asked_cursor, asked_limit
from token_server.admin.api.revisions import etag, required_revision
from token_server.domain.operators import OperatorRecord, Permission, Role
from token_server.flows.administration.operators import Invitation, ManageOperators
from token_server.web.answers import answer_json
from token_server.web.bodies import read_json
from token_server.web.schemas import load

OPERATOR = "/operators/{operator_id:[^/]+}"


class StrictSchema(Schema):
    """A schema that refuses members it does not know: a misspelt one must not be ignored by an admin's program."""

    class Meta:
        """How unknown members are treated."""

        unknown = RAISE


class NewOperatorSchema(StrictSchema):
    """The body that makes an operator."""

    name = fields.String(required=True)
    role = fields.Enum(Role, by_value=True, required=True)


class ChangedOperatorSchema(StrictSchema):
    """The body that changes an operator: one thing at a time."""

    disabled = fields.Boolean(truthy={True}, falsy={False})
    role = fields.Enum(Role, by_value=True)

    @validates_schema
    def one_thing(self, members: dict[str, Any], **_: Any) -> None:
        """Refuse none and both."""
        if len(members) != 1:
            raise ValidationError("has to have one of `disabled` and `role`", "body")


class Operators:
    """Lists, makes and changes operators."""

    def __init__(self, operators: ManageOperators, *, base_url: str) -> None:
        """Ask the flow; set-up links begin with `base_url`."""
        self._operators = operators
        self._base_url = base_url

    def operations(self) -> list[Operation]:
        """Return the operations."""
        see, change = Permission.SEE_OPERATORS, Permission.CHANGE_OPERATORS
        return [
            Operation("GET", "/operators", self.list, see),
            Operation("POST", "/operators", self.create, change),
            Operation("GET", OPERATOR, self.show, see),
            Operation("PATCH", OPERATOR, self.change, change),
            Operation("POST", f"{OPERATOR}/reset-second-factor", self.reset, change),
        ]

    async def list(self, call: Call) -> web.Response:
        """List operators by name."""
        limit, (after,) = asked_limit(call.request), asked_cursor(call.request, "")
        found = await self._operators.list_page(call.operator, after=after, most=limit + 1)
        return answer_page("operators", found, limit, describe, lambda each: [each.name])

    async def create(self, call: Call) -> web.Response:
        """Make an operator; the link is told this once."""
        members = load(NewOperatorSchema(), await read_json(call.request))
        invitation = await self._operators.create(call.operator, members["name"], members["role"])
        location = f"{PREFIX}/operators/{invitation.operator.operator_id}"
        return self._answer(invitation, status=201, headers={"Location": location})

    async def show(self, call: Call) -> web.Response:
        """Return one operator.

        Errors: NotFound.
        """
        found = await self._operators.get(call.operator, call.named("operator_id"))
        return answer_json(describe(found), headers=etag(found.revision))

    async def change(self, call: Call) -> web.Response:
        """Disable, enable, or give another role.

        Errors: NotFound, ChangedMeanwhile, WrongState.
        """
        revision, operator_id = required_revision(call.request), call.named("operator_id")
        members = load(ChangedOperatorSchema(), await read_json(call.request))
        if "role" in members:
            changed = await self._operators.change_role(call.operator, operator_id, members["role"], revision=revision)
        else:
            act = self._operators.disable if members["disabled"] else self._operators.enable
            changed = await act(call.operator, operator_id, revision=revision)
        return answer_json(describe(changed), headers=etag(changed.revision))

    async def reset(self, call: Call) -> web.Response:
        """Let an operator start over by a new link, told this once.

        Errors: NotFound, ChangedMeanwhile.
        """
        revision, operator_id = required_revision(call.request), call.named("operator_id")
        return self._answer(await self._operators.reset_second_factor(call.operator, operator_id, revision=revision))

    def _answer(self, invitation: Invitation, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
        link = f"{self._base_url}/set-up/{invitation.link}"
        body = {**describe(invitation.operator), "set_up_link": link}
        return answer_json(body, status, {**etag(invitation.operator.revision), **(headers or {})})


def describe(operator: OperatorRecord) -> dict[str, Any]:
    """Return what is told of an operator; nothing that recognises them."""
    state = "disabled" if operator.disabled_at else "active"
    if state == "active" and operator.totp_confirmed_at is None:
        state = "invited"
    return {
        "operator_id": operator.operator_id,
        "name": operator.name,
        "role": operator.role.value,
        "state": state,
        "revision": operator.revision,
        "created_at": operator.created_at,
        "updated_at": operator.updated_at,
    }
