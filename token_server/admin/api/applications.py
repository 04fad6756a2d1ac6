"""Applications over the API; a version stands in the path percent-encoded.

GET    /api/v1/applications
POST   /api/v1/applications
GET    /api/v1/applications/{identifier}
PATCH  /api/v1/applications/{identifier}                                  the fields to change, or {"disabled": true}
PUT    /api/v1/applications/{identifier}/versions/{platform}/{version}    {"status": "enabled"}
DELETE /api/v1/applications/{identifier}/versions/{platform}/{version}
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web
from marshmallow import fields, post_load

from token_server.admin.api.changes import PatchSchema, described, one_of
from token_server.admin.api.doors import PREFIX, Call, Operation
from token_server.admin.api.operators import StrictSchema
from token_server.admin.api.paging import answer_whole
from token_server.admin.api.revisions import etag, required_revision
from token_server.domain.applications import Application, ApplicationVersion, Platform, VersionStatus
from token_server.domain.operators import Permission
from token_server.flows.administration.applications import ManageApplications
from token_server.web.answers import answer_json
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


class Applications:
    """Lists, makes and changes applications, and their versions one by one."""

    def __init__(self, applications: ManageApplications) -> None:
        """Ask the flow."""
        self._applications = applications

    def operations(self) -> list[Operation]:
        """Return the operations."""
        see, change = Permission.SEE_APPLICATIONS, Permission.CHANGE_APPLICATIONS
        return [
            Operation("GET", HOME, self.list, see),
            Operation("POST", HOME, self.create, change),
            Operation("GET", ONE, self.show, see),
            Operation("PATCH", ONE, self.change, change),
            Operation("PUT", VERSION, self.set_version, change),
            Operation("DELETE", VERSION, self.remove_version, change),
        ]

    async def list(self, call: Call) -> web.Response:
        """List applications by identifier, disabled ones too."""
        found = await self._applications.list_all()
        return answer_whole(call.request, "applications", found, described, lambda each: each.value.identifier)

    async def create(self, call: Call) -> web.Response:
        """Let a new application register.

        Errors: InvalidParameter, AlreadyExists.
        """
        application = Application(**load(NewApplicationSchema(), await read_json(call.request)))
        await self._applications.create(call.operator, application)
        identifier = application.identifier
        return await self._answer(identifier, 201, {"Location": f"{PREFIX}{HOME}/{identifier}"})

    async def show(self, call: Call) -> web.Response:
        """Return one application.

        Errors: NotFound.
        """
        return await self._answer(call.named("identifier"))

    async def change(self, call: Call) -> web.Response:
        """Change what the body names.

        Errors: NotFound, InvalidParameter, ChangedMeanwhile.
        """
        revision, identifier = required_revision(call.request), call.named("identifier")
        members = load(ChangedApplicationSchema(), await read_json(call.request))
        if "disabled" in members:
            act = one_of(members["disabled"], self._applications.disable, self._applications.enable)
            await act(call.operator, identifier, revision=revision)
        else:
            changed = replace((await self._applications.get(identifier)).value, **members)
            await self._applications.change(call.operator, changed, revision=revision)
        return await self._answer(identifier)

    async def set_version(self, call: Call) -> web.Response:
        """Say what a version may do, a new one or one that is known.

        Errors: NotFound, InvalidParameter, ChangedMeanwhile.
        """
        revision, identifier = required_revision(call.request), call.named("identifier")
        status = load(StatusSchema(), await read_json(call.request))["status"]
        version = ApplicationVersion(Platform(call.named("platform")), call.named("version"), status)
        changed = (await self._applications.get(identifier)).value.with_version(version)
        await self._applications.change(call.operator, changed, revision=revision)
        return await self._answer(identifier)

    async def remove_version(self, call: Call) -> web.Response:
        """Forget a version; after the last one, every version may register.

        Errors: NotFound, ChangedMeanwhile.
        """
        revision, identifier = required_revision(call.request), call.named("identifier")
        platform, version = Platform(call.named("platform")), call.named("version")
        changed = (await self._applications.get(identifier)).value.without_version(platform, version)
        await self._applications.change(call.operator, changed, revision=revision)
        return await self._answer(identifier)

    async def _answer(self, identifier: str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
        found = await self._applications.get(identifier)
        return answer_json(described(found), status, etag(found.revision) | (headers or {}))
