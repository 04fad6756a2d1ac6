"""A portal gets a code with which its signed-in user links a phone; as JSON, or drawn as a QR code.

POST /oauth/api/v4/users/alice/registration-codes
{"registration_code":"tsc_…","time_to_live":600000,"expires_at":1795431051564}
"""

from __future__ import annotations

from aiohttp import web

from token_server.flows.registration_codes import IssueRegistrationCode
from token_server.portal_api.doors import Door
from token_server.qr import QrPainter
from token_server.web.answers import answer_json
from token_server.web.bodies import read_form
from token_server.web.pictures import PNG, SVG, answer_picture, picture_size


class RegistrationCodes:
    """The portal's side of linking a phone."""

    def __init__(self, door: Door, issue: IssueRegistrationCode, painter: QrPainter) -> None:
        """Hand requests that pass the `door` to the flow."""
        self._door = door
        self._issue = issue
        self._painter = painter

    async def create(self, request: web.Request) -> web.Response:
        """Issue a code."""
        client = await self._door.pass_through(request, await read_form(request))
        size = picture_size(request)
        issued = await self._issue.issue(client, request.match_info["user_id"])
        for media_type in (SVG, PNG):
            if media_type in request.headers.get("Accept", ""):
                return await answer_picture(self._painter, issued.code, media_type, size, status=201)
        body = {
            "registration_code": issued.code,
            "time_to_live": self._issue.lifetime_ms,
            "expires_at": issued.expires_at,
        }
        return answer_json(body, status=201)
