"""Authentication types over the API.

GET   /api/v1/authentication-types
POST  /api/v1/authentication-types
GET   /api/v1/authentication-types/{name}
PATCH /api/v1/authentication-types/{name}          the fields to change, or {"disabled": true}
POST  /api/v1/authentication-types/{name}/rename   {"name": "…"} > also which API clients used the old name
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web
from marshmallow import fields

from token_server.admin.api.changes import NameSchema, PatchSchema, described, one_of
from token_server.admin.api.doors import PREFIX, Call, Operation
from token_server.admin.api.operators import StrictSchema
from token_server.admin.api.paging import answer_whole
from token_server.admin.api.revisions import etag, required_revision
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.operators import Permission
from token_server.flows.administration.authentication_types import ManageAuthenticationTypes
from token_server.web.answers import answer_json
from token_server.web.bodies import read_json
from token_server.web.schemas import load

ONE = "/authentication-types/{name:[^/]+}"


class TypeSchema(StrictSchema):
    """What a type is made of, but its name."""

    method = fields.Enum(Method, by_value=True)
    expires_in_s = fields.Integer(strict=True)
    default_messages = fields.Dict(keys=fields.String(), values=fields.String())
    rotation_s = fields.Integer(strict=True)
    accept_window_s = fields.Integer(strict=True)
    number_matching = fields.Boolean(truthy={True}, falsy={False})


class NewTypeSchema(TypeSchema):
    """The body that makes a type."""

    name = fields.String(required=True)
    method = fields.Enum(Method, by_value=True, required=True)
    expires_in_s = fields.Integer(strict=True, required=True)


class ChangedTypeSchema(TypeSchema, PatchSchema):
    """The body that changes a type."""


class AuthenticationTypes:
    """Lists, makes and changes authentication types."""

    def __init__(self, types: ManageAuthenticationTypes) -> None:
        """Ask the flow."""
        self._types = types

    def operations(self) -> list[Operation]:
        """Return the operations."""
        see, change = Permission.SEE_MOBILE_AUTHENTICATION, Permission.CHANGE_MOBILE_AUTHENTICATION
        return [
            Operation("GET", "/authentication-types", self.list, see),
            Operation("POST", "/authentication-types", self.create, change),
            Operation("GET", ONE, self.show, see),
            Operation("PATCH", ONE, self.change, change),
            Operation("POST", f"{ONE}/rename", self.rename, change),
        ]

    async def list(self, call: Call) -> web.Response:
        """List types by name, disabled ones too."""
        found = await self._types.list_all()
        return answer_whole(call.request, "authentication_types", found, described, lambda each: each.value.name)

    async def create(self, call: Call) -> web.Response:
        """Offer a new type.

        Errors: InvalidParameter, AlreadyExists.
        """
        members = load(NewTypeSchema(), await read_json(call.request))
        kind = AuthenticationType(**{"default_messages": {}, **members})
        await self._types.create(call.operator, kind)
        return await self._answer(kind.name, 201, {"Location": f"{PREFIX}/authentication-types/{kind.name}"})

    async def show(self, call: Call) -> web.Response:
        """Return one type.

        Errors: NotFound.
        """
        return await self._answer(call.named("name"))

    async def change(self, call: Call) -> web.Response:
        """Change what the body names.

        Errors: NotFound, InvalidParameter, ChangedMeanwhile.
        """
        revision, name = required_revision(call.request), call.named("name")
        members = load(ChangedTypeSchema(), await read_json(call.request))
        if "disabled" in members:
            act = one_of(members["disabled"], self._types.disable, self._types.enable)
            await act(call.operator, name, revision=revision)
        else:
            changed = replace((await self._types.get(name)).value, **members)
            await self._types.change(call.operator, changed, revision=revision)
        return await self._answer(name)

    async def rename(self, call: Call) -> web.Response:
        """Call a type otherwise.

        Errors: NotFound, InvalidParameter, AlreadyExists, ChangedMeanwhile.
        """
        revision, name = required_revision(call.request), call.named("name")
        new_name = load(NameSchema(), await read_json(call.request))["name"]
        renamed = await self._types.rename(call.operator, name, new_name, revision=revision)
        return await self._answer(new_name, more={"used_by": renamed.used_by})

    async def _answer(
        self, name: str, status: int = 200, headers: dict[str, str] | None = None, more: dict[str, Any] | None = None
    ) -> web.Response:
        found = await self._types.get(name)
        return answer_json(described(found) | (more or {}), status, etag(found.revision) | (headers or {}))
