"""Applications over the API; a version stands in the path percent-encoded.

GET    /api/v1/applications
POST   /api/v1/applications
GET    /api/v1/applications/{identifier}
PATCH  /api/v1/applications/{identifier}                                  the fields to change, or {"disabled": true}
PUT    /api/v1/applications/{identifier}/versions/{platform}/{version}    {"status": "enabled"}
DELETE /api/v1/applications/{identifier}/versions/{platform}/{version}
"""

from __future__ import annotations

from typing import Any

from aiohttp import web
from marshmallow import fields, post_load

from token_server.admin.api.changes import PatchSchema
from token_server.admin.api.configured import Collection, ConfiguredResource
from token_server.admin.api.doors import Call, Operation
from token_server.admin.api.operators import StrictSchema
from token_server.admin.api.revisions import required_revision
from token_server.domain.applications import Application, ApplicationVersion, Platform, VersionStatus
from token_server.domain.operators import Permission
from token_server.web.bodies import read_json
from token_server.web.schemas import load

HOME = "/applications"
ONE = f"{HOME}/{{identifier:[^/]+}}"
VERSION = f"{ONE}/versions/{{platform:{'|'.join(Platform)}}}/{{version:[^/]+}}"


class StatusSchema(StrictSchema):
    """The body that says what a version may do."""

    status = fields.Enum(VersionStatus, by_value=True, required=True)


class VersionSchema(StatusSchema):
    """One version among others."""

    platform = fields.Enum(Platform, by_value=True, required=True)
    version = fields.String(required=True)

    @post_load
    def made(self, members: dict[str, Any], **_: Any) -> ApplicationVersion:
        """Return what the members mean."""
        return ApplicationVersion(**members)


class ApplicationSchema(StrictSchema):
    """What an application is made of, but its identifier."""

    name = fields.String()
    deep_link = fields.String(allow_none=True)
    versions = fields.List(fields.Nested(VersionSchema))


class NewApplicationSchema(ApplicationSchema):
    """The body that makes an application."""

    identifier = fields.String(required=True)
    name = fields.String(required=True)


class ChangedApplicationSchema(ApplicationSchema, PatchSchema):
    """The body that changes an application."""


class Applications(ConfiguredResource[Application]):
    """Lists, makes and changes applications, and their versions one by one."""

    collection = Collection(
        home=HOME,
        one=ONE,
        key="identifier",
        name="applications",
        see=Permission.SEE_APPLICATIONS,
        change=Permission.CHANGE_APPLICATIONS,
        new_schema=NewApplicationSchema,
        change_schema=ChangedApplicationSchema,
        make=Application,
    )

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            *super().operations(),
            Operation("PUT", VERSION, self.set_version, self.collection.change),
            Operation("DELETE", VERSION, self.remove_version, self.collection.change),
        ]

    async def set_version(self, call: Call) -> web.Response:
        """Say what a version may do, a new one or one that is known.

        Errors: NotFound, InvalidParameter, ChangedMeanwhile.
        """
        revision, identifier = required_revision(call.request), call.named("identifier")
        status = load(StatusSchema(), await read_json(call.request))["status"]
        version = ApplicationVersion(Platform(call.named("platform")), call.named("version"), status)
        changed = (await self._flow.get(identifier)).value.with_version(version)
        await self._flow.change(call.operator, changed, revision=revision)
        return await self._answer(identifier)

    async def remove_version(self, call: Call) -> web.Response:
        """Forget a version; after the last one, every version may register.

        Errors: NotFound, ChangedMeanwhile.
        """
        revision, identifier = required_revision(call.request), call.named("identifier")
        platform, version = Platform(call.named("platform")), call.named("version")
        changed = (await self._flow.get(identifier)).value.without_version(platform, version)
        await self._flow.change(call.operator, changed, revision=revision)
        return await self._answer(identifier)
