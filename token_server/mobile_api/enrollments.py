"""A phone and the server exchange OpenPGP keys.

POST /mobile/v1/enrollments      Authorization: Bearer <access token>
{"public_key":"-----BEGIN PGP PUBLIC KEY BLOCK-----…","proof":"<base64 signature over the access token>"}

201 {"enrollment_id":"…","profile_id":"W8DUJ2","server_public_key":"-----BEGIN PGP…",
     "server_key_fingerprint":"68DE…","device_key_fingerprint":"5C92…"}
"""

from __future__ import annotations

import base64
import binascii

from aiohttp import web
from marshmallow import fields

from token_server.domain.errors import InvalidParameter, NotEnrolled, NotFound
from token_server.flows.enrollments import Enroll, Enrolled
from token_server.mobile_api.doors import Doors
from token_server.web.answers import answer_json, answer_nothing
from token_server.web.bodies import read_json
from token_server.web.schemas import LenientSchema, load


class EnrollSchema(LenientSchema):
    """The body of an enrolment."""

    public_key = fields.String(required=True)
    proof = fields.String(required=True)


ENROLL = EnrollSchema()


class NoEnrollment(NotFound):
    """The calling profile has no enrolment to show."""


class Enrollments:
    """The phone's side of the key exchange."""

    def __init__(self, doors: Doors, enroll: Enroll) -> None:
        """Hand requests that pass the `doors` to the flow."""
        self._doors = doors
        self._enroll = enroll

    async def create(self, request: web.Request) -> web.Response:
        """Enrol the calling profile."""
        caller = await self._doors.user(request)
        members = load(ENROLL, await read_json(request))
        proof = _decode(members["proof"])
        enrolled = await self._enroll.enroll(caller, members["public_key"].encode(), proof)
        return answer_json(_describe(enrolled), status=201 if enrolled.is_new else 200)

    async def current(self, request: web.Request) -> web.Response:
        """Show the calling profile's enrolment."""
        caller = await self._doors.user(request)
        try:
            return answer_json(_describe(await self._enroll.current(caller)))
        except NotEnrolled as error:
            raise NoEnrollment(str(error)) from None

    async def remove(self, request: web.Request) -> web.Response:
        """End the calling profile's enrolment; 204 whether or not there was one."""
        await self._enroll.disenroll(await self._doors.user(request))
        return answer_nothing()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise InvalidParameter("proof", "must be base64") from None


def _describe(enrolled: Enrolled) -> dict[str, str]:
    enrollment = enrolled.enrollment
    return {
        "enrollment_id": enrollment.enrollment_id,
        "profile_id": enrollment.profile_id,
        "server_public_key": enrolled.server_public_key,
        "server_key_fingerprint": enrolled.server_key_fingerprint,
        "device_key_fingerprint": enrollment.device_key_fingerprint,
    }
