"""Confirmation templates over the API, all languages together with one revision.

GET /api/v1/confirmation-templates
PUT /api/v1/confirmation-templates    {"templates": {"en": "[message] …"}}
"""

from __future__ import annotations

from aiohttp import web
from marshmallow import fields

from token_server.admin.api.doors import Call, Operation
from token_server.admin.api.operators import StrictSchema
from token_server.admin.api.revisions import etag, required_revision
from token_server.domain.operators import Permission
from token_server.flows.administration.confirmation_templates import ManageConfirmationTemplates
from token_server.web.answers import answer_json
from token_server.web.bodies import read_json
from token_server.web.schemas import load


class TemplatesSchema(StrictSchema):
    """The body that replaces them."""

    templates = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class ConfirmationTemplates:
    """Shows and replaces them."""

    def __init__(self, templates: ManageConfirmationTemplates) -> None:
        """Ask the flow."""
        self._templates = templates

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            Operation("GET", "/confirmation-templates", self.show, Permission.SEE_LANGUAGES),
            Operation("PUT", "/confirmation-templates", self.change, Permission.CHANGE_LANGUAGES),
        ]

    async def show(self, _: Call) -> web.Response:
        """Return every template by language code."""
        found = await self._templates.get()
        body = {"templates": dict(found.value), "revision": found.revision, "updated_at": found.updated_at}
        return answer_json(body, headers=etag(found.revision))

    async def change(self, call: Call) -> web.Response:
        """Have exactly these templates.

        Errors: InvalidParameter, ChangedMeanwhile.
        """
        revision = required_revision(call.request)
        templates = load(TemplatesSchema(), await read_json(call.request))["templates"]
        await self._templates.change(call.operator, templates, revision=revision)
        return await self.show(call)
