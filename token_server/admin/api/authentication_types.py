"""Authentication types over the API.

GET   /api/v1/authentication-types
POST  /api/v1/authentication-types
GET   /api/v1/authentication-types/{name}
PATCH /api/v1/authentication-types/{name}          the fields to change, or {"disabled": true}
POST  /api/v1/authentication-types/{name}/rename   {"name": "…"} > also which API clients used the old name
"""

from __future__ import annotations

from aiohttp import web
from marshmallow import fields

from token_server.admin.api.changes import NameSchema, PatchSchema
from token_server.admin.api.configured import Collection, ConfiguredResource
from token_server.admin.api.doors import Call, Operation
from token_server.admin.api.operators import StrictSchema
from token_server.admin.api.revisions import required_revision
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.operators import Permission
from token_server.flows.administration.authentication_types import ManageAuthenticationTypes
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
    default_messages = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


class ChangedTypeSchema(TypeSchema, PatchSchema):
    """The body that changes a type."""


class AuthenticationTypes(ConfiguredResource[AuthenticationType]):
    """Lists, makes and changes authentication types."""

    collection = Collection(
        home="/authentication-types",
        one=ONE,
        key="name",
        name="authentication_types",
        see=Permission.SEE_MOBILE_AUTHENTICATION,
        change=Permission.CHANGE_MOBILE_AUTHENTICATION,
        new_schema=NewTypeSchema,
        change_schema=ChangedTypeSchema,
        make=AuthenticationType,
    )

    def __init__(self, types: ManageAuthenticationTypes) -> None:
        """Ask the flow."""
        super().__init__(types)
        self._types = types

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [*super().operations(), Operation("POST", f"{ONE}/rename", self.rename, self.collection.change)]

    async def rename(self, call: Call) -> web.Response:
        """Call a type otherwise.

        Errors: NotFound, InvalidParameter, AlreadyExists, ChangedMeanwhile.
        """
        revision, name = required_revision(call.request), call.named("name")
        new_name = load(NameSchema(), await read_json(call.request))["name"]
        renamed = await self._types.rename(call.operator, name, new_name, revision=revision)
        return await self._answer(new_name, used_by=renamed.used_by)
