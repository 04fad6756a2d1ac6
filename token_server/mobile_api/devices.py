"""An installed app registers itself (RFC 7591 in spirit: dynamic client registration).

POST /oauth/register
{"application_identifier":"bank","application_version":"1.0","application_platform":"android",
 "device_name":"Pixel"}

201 {"client_id":"05ED…","client_secret":"tsd_…","client_id_issued_at":1795431051}
"""

from __future__ import annotations

from typing import Any

from aiohttp import web
from marshmallow import fields, post_load, validate

from token_server.domain.applications import Platform
from token_server.domain.limits import Rule
from token_server.flows.devices import DeviceRequest, RegisterDevice
from token_server.flows.rate_limits import RateLimits
from token_server.web.addresses import CallerAddresses
from token_server.web.answers import answer_json
from token_server.web.bodies import read_json
from token_server.web.schemas import LenientSchema, load


class DeviceSchema(LenientSchema):
    """What an app says about itself."""

    application_identifier = fields.String(required=True)
    application_version = fields.String(required=True)
    application_platform = fields.String(
        required=True, validate=validate.OneOf([platform.value for platform in Platform])
    )
    device_name = fields.String(required=True)
    device_model = fields.String(allow_none=True)
    os_version = fields.String(allow_none=True)

    @post_load
    def make(self, members: dict[str, Any], **_: Any) -> DeviceRequest:
        """Return the members as the flow wants them."""
        return DeviceRequest(**members)


DEVICE = DeviceSchema()


class Devices:
    """The door for apps that have no credentials yet; all that is known of them is their address."""

    def __init__(self, register: RegisterDevice, rate_limits: RateLimits, addresses: CallerAddresses) -> None:
        """Hand requests to the flow, as many as `rate_limits` allow each of the `addresses`."""
        self._register = register
        self._rate_limits = rate_limits
        self._addresses = addresses

    async def register(self, request: web.Request) -> web.Response:
        """Give an installed app credentials of its own."""
        await self._rate_limits.spend(Rule.DEVICE_REGISTRATIONS, self._addresses.of(request))
        registered = await self._register.register(load(DEVICE, await read_json(request)))
        body = {
            "client_id": registered.device_id,
            "client_secret": registered.secret,
            "client_id_issued_at": registered.created_at // 1000,
            "client_secret_expires_at": 0,  # never (RFC 7591 section 3.2.1)
        }
        return answer_json(body, status=201)
