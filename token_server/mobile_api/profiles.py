"""A user comes to the device with a registration code, and leaves it (reference: SDK contract section 7.9).

POST /oauth/custom-registration/registration-code/complete      Authorization: Basic <device>
{"data":"tsc_…"}

200 {"status":2000,"oauth_token":{"token_type":"bearer","access_token":"…","refresh_token":"…","expires_in":900,
     "scope":"read"},"profile_id":"W8DUJ2","data":null}
"""

from __future__ import annotations

from aiohttp import web
from marshmallow import fields, validate

from token_server.domain.errors import NotFound
from token_server.flows.grants import Tokens
from token_server.flows.profiles import RegisterUser
from token_server.mobile_api.doors import Doors
from token_server.web.answers import answer_json, answer_nothing
from token_server.web.bodies import read_json
from token_server.web.schemas import LenientSchema, load

IDENTITY_PROVIDER = "registration-code"
COMPLETED = 2000  # status range 2000-2999: ok
DEFAULT_SCOPE = "read"
LONGEST_CODE = 512


class CompleteSchema(LenientSchema):
    """The body that completes a custom registration."""

    data = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST_CODE))
    scope = fields.List(
        fields.String(validate=validate.Regexp(r"[\x21\x23-\x5b\x5d-\x7e]{1,64}\Z")), validate=validate.Length(max=16)
    )


COMPLETE = CompleteSchema()


class UnknownIdentityProvider(NotFound):
    """There is no such way to register."""


class Profiles:
    """The phone's side of linking a user to a device."""

    def __init__(self, doors: Doors, register: RegisterUser) -> None:
        """Hand requests that pass the `doors` to the flow."""
        self._doors = doors
        self._register = register

    async def complete(self, request: web.Request) -> web.Response:
        """Redeem a registration code."""
        device = await self._doors.device(request)
        if request.match_info["identity_provider"] != IDENTITY_PROVIDER:
            problem = "There is no such identity provider"
            raise UnknownIdentityProvider(problem)
        members = load(COMPLETE, await read_json(request))
        scope = " ".join(members.get("scope") or [DEFAULT_SCOPE])
        registered = await self._register.register(device, members["data"], scope)
        body = {
            "status": COMPLETED,
            "oauth_token": describe_tokens(registered.tokens),
            "profile_id": registered.profile_id,
            "data": None,
        }
        return answer_json(body)

    async def remove(self, request: web.Request) -> web.Response:
        """Take the calling user off the device."""
        await self._register.deregister(await self._doors.user(request))
        return answer_nothing()


def describe_tokens(tokens: Tokens) -> dict[str, str | int]:
    """Return the members of RFC 6749 section 5.1."""
    return {"token_type": "bearer", **vars(tokens)}
