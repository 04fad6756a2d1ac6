"""Which types could this user answer (reference: portal API section 2.3)?

GET /oauth/api/v4/authenticate/user/alice/enabled            {"enabled":[{"type":"login","method":"OTP"}]}
GET /oauth/api/v4/authenticate/user/alice/device/05ED…/enabled                      {"enabled":["login"]}
"""

from __future__ import annotations

from aiohttp import web

from token_server.flows.availability import FindAvailability
from token_server.portal_api.doors import Door
from token_server.web.answers import answer_json


class Availability:
    """Both availability endpoints: one lists objects, the other bare names."""

    def __init__(self, door: Door, availability: FindAvailability) -> None:
        """Hand requests that pass the `door` to the flow."""
        self._door = door
        self._availability = availability

    async def of_user(self, request: web.Request) -> web.Response:
        """List what the user could answer on any device."""
        await self._door.pass_through(request)
        kinds = await self._availability.of(request.match_info["user_id"])
        return answer_json({"enabled": [{"type": kind.name, "method": kind.method.value} for kind in kinds]})

    async def of_user_and_device(self, request: web.Request) -> web.Response:
        """List what the user could answer on that device."""
        await self._door.pass_through(request)
        place = request.match_info
        kinds = await self._availability.of(place["user_id"], place["device_id"])
        return answer_json({"enabled": [kind.name for kind in kinds]})
