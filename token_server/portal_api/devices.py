"""Device API v4: a user's devices, as portals and help desks see them (reference: portal API section 3.1).

GET /oauth/api/v4/users/alice/devices
{"devices":[{"id":"05ED…","name":"Pixel","application":"Bank","platform":"android","createdAt":1795431051564,
             "tokenTypes":["DEFAULT"],"lastLogin":…,"mobileAuthenticationEnabled":true,
             "pushAuthenticationEnabled":false}]}
"""

from __future__ import annotations

from typing import Any

from aiohttp import web
from marshmallow import fields, validate

from token_server.domain.devices import UserDevice
from token_server.flows.user_devices import ManageUserDevices
from token_server.portal_api.doors import Door
from token_server.web.answers import answer_json, answer_nothing
from token_server.web.bodies import read_json
from token_server.web.schemas import LenientSchema, load

MOST_DEVICES = 1000


class DeleteSchema(LenientSchema):
    """The body of a bulk deletion."""

    delete = fields.List(fields.String(required=True), required=True, validate=validate.Length(min=1, max=MOST_DEVICES))


DELETE = DeleteSchema()


class Devices:
    """Lists and removes devices of a user."""

    def __init__(self, door: Door, devices: ManageUserDevices) -> None:
        """Hand requests that pass the `door` to the flow."""
        self._door = door
        self._devices = devices

    async def list(self, request: web.Request) -> web.Response:
        """List the user's devices; 404 in the vendor's own shape when there are none."""
        await self._door.pass_through(request)
        found = await self._devices.list_of(request.match_info["user_id"])
        if not found:
            return answer_json({"error": "No devices found"}, status=404)
        return answer_json({"devices": [_describe(device) for device in found]})

    async def delete(self, request: web.Request) -> web.Response:
        """Take the user off one device; 204 whether or not there was anything to do."""
        client = await self._door.pass_through(request)
        place = request.match_info
        await self._devices.remove(client, place["user_id"], [place["device_id"]])
        return answer_nothing()

    async def delete_all(self, request: web.Request) -> web.Response:
        """Take the user off every device."""
        client = await self._door.pass_through(request)
        await self._devices.remove_all(client, request.match_info["user_id"])
        return answer_nothing()

    async def delete_some(self, request: web.Request) -> web.Response:
        """Take the user off those devices; the documented 500 names the ids where nothing could be done."""
        client = await self._door.pass_through(request)
        device_ids = list(dict.fromkeys(load(DELETE, await read_json(request))["delete"]))
        missing = await self._devices.remove(client, request.match_info["user_id"], device_ids)
        return _not_all_deleted(missing) if missing else answer_nothing()

    async def disable_mobile_authentication(self, request: web.Request) -> web.Response:
        """End the user's enrolment on the device; 204 whether or not there was one."""
        client = await self._door.pass_through(request)
        place = request.match_info
        await self._devices.disable_mobile_authentication(client, place["user_id"], place["device_id"])
        return answer_nothing()

    async def disable_nothing(self, request: web.Request) -> web.Response:
        """Answer for push and fingerprint, which no device can have here: always 204, as documented."""
        await self._door.pass_through(request)
        return answer_nothing()


def _describe(device: UserDevice) -> dict[str, Any]:
    body = {
        "id": device.device_id,
        "name": device.name,
        "application": device.application,
        "model": device.model,
        "platform": device.platform,
        "osVersion": device.os_version,
        "createdAt": device.created_at,
        "tokenTypes": ["DEFAULT"] if device.has_grant else [],
        "lastLogin": device.last_login_at,
        "mobileAuthenticationEnabled": device.is_enrolled,
        "pushAuthenticationEnabled": False,
    }
    return {name: value for name, value in body.items() if value is not None}


def _not_all_deleted(missing: list[str]) -> web.Response:
    status = {"code": "device_not_deleted", "message": "The device could not be deleted.", "details": []}
    body = {
        "code": "not_all_devices_deleted",
        "message": "Some of the devices could not be deleted.",
        "details": [{"id": device_id, "status": status} for device_id in missing],
    }
    return answer_json(body, status=500)
