"""General mobile config and system features over the API, one resource with one revision.

GET   /api/v1/mobile-config
PATCH /api/v1/mobile-config    {"enrollment_enabled": false}
"""

from __future__ import annotations

from aiohttp import web
from marshmallow import fields

from token_server.admin.api.changes import described
from token_server.admin.api.doors import Call, Operation
from token_server.admin.api.operators import StrictSchema
from token_server.admin.api.revisions import etag, required_revision
from token_server.domain.mobile_config import PushEnrollmentMode
from token_server.domain.operators import Permission
from token_server.flows.administration.mobile_config import ManageMobileConfig
from token_server.web.answers import answer_json
from token_server.web.bodies import read_json
from token_server.web.schemas import load


def _switch() -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False})


class MobileConfigSchema(StrictSchema):
    """The body that changes some of it."""

    mobile_authentication = _switch()
    geolocation = _switch()
    enrollment_enabled = _switch()
    unique_pgp_keys_per_enrollment = _switch()
    push_enrollment_mode = fields.Enum(PushEnrollmentMode, by_value=True)
    re_enrollment_allowed = _switch()
    only_allow_preconfigured_callback_urls = _switch()
    max_message_length = fields.Integer(strict=True)
    result_retention_s = fields.Integer(strict=True)


class MobileConfigResource:
    """Shows and changes it."""

    def __init__(self, config: ManageMobileConfig) -> None:
        """Ask the flow."""
        self._config = config

    def operations(self) -> list[Operation]:
        """Return the operations."""
        see, change = Permission.SEE_MOBILE_AUTHENTICATION, Permission.CHANGE_MOBILE_AUTHENTICATION
        return [
            Operation("GET", "/mobile-config", self.show, see),
            Operation("PATCH", "/mobile-config", self.change, change),
        ]

    async def show(self, _: Call) -> web.Response:
        """Return everything as it stands."""
        found = await self._config.get()
        body = described(found)
        del body["disabled_at"]  # it has none
        return answer_json(body, headers=etag(found.revision))

    async def change(self, call: Call) -> web.Response:
        """Change what the body names.

        Errors: NotAllowed, InvalidParameter, ChangedMeanwhile.
        """
        revision = required_revision(call.request)
        members = load(MobileConfigSchema(), await read_json(call.request))
        config = (await self._config.get()).value.with_fields(members)
        await self._config.change(call.operator, config, revision=revision)
        return await self.show(call)
