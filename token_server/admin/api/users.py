"""Users and devices over the API.

GET    /api/v1/users/{user_id}
DELETE /api/v1/users/{user_id}                                    erases the user, for owners
DELETE /api/v1/users/{user_id}/devices/{device_id}                the user is on it no more
DELETE /api/v1/users/{user_id}/devices/{device_id}/enrollment     no mobile authentication on it, until they enrol again
GET    /api/v1/devices/{device_id}
DELETE /api/v1/devices/{device_id}                                with everybody on it

What a phone is to a user has no revisions: it is there or gone, so no If-Match is asked for.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from token_server.admin.api.doors import Call, Operation
from token_server.admin.audit_lines import members_of
from token_server.domain.errors import NotFound
from token_server.domain.operators import Permission
from token_server.domain.user_files import UserFile
from token_server.flows.administration.users import DeviceFile, ManageUsers
from token_server.flows.user_erasure import EraseUser
from token_server.web.answers import answer_json, answer_nothing
from token_server.web.bodies import check_transportable

USER = "/users/{user_id:[^/]+}"
DEVICE = "{device_id:[0-9A-Fa-f]+}"


class Users:
    """Users and their phones, for programs."""

    def __init__(self, users: ManageUsers, erase: EraseUser) -> None:
        """Ask the flows."""
        self._users = users
        self._erase = erase

    def operations(self) -> list[Operation]:
        """Return the operations."""
        see, revoke = Permission.SEE_USERS, Permission.REVOKE_DEVICES
        return [
            Operation("GET", USER, self.show, see),
            Operation("DELETE", USER, self.erase, Permission.ERASE_USERS),
            Operation("DELETE", f"{USER}/devices/{DEVICE}", self.disconnect, revoke),
            Operation("DELETE", f"{USER}/devices/{DEVICE}/enrollment", self.revoke, revoke),
            Operation("GET", f"/devices/{DEVICE}", self.show_device, see),
            Operation("DELETE", f"/devices/{DEVICE}", self.delete_device, revoke),
        ]

    async def show(self, call: Call) -> web.Response:
        """Return everything about a user.

        Errors: NotFound when nobody of that name was ever seen.
        """
        found = await self._users.show(call.operator, _user(call))
        if found.is_empty:
            problem = "Nobody of that name was ever seen here"
            raise NotFound(problem)
        return answer_json(describe_user(found))

    async def erase(self, call: Call) -> web.Response:
        """Erase a user.

        Errors: NotFound, Unavailable.
        """
        survey = await self._erase.erase(call.operator, _user(call))
        return answer_json(vars(survey))

    async def disconnect(self, call: Call) -> web.Response:
        """Take the user off a device.

        Errors: NotFound.
        """
        await self._users.disconnect(call.operator, _user(call), call.named("device_id"))
        return answer_nothing()

    async def revoke(self, call: Call) -> web.Response:
        """End the user's enrolment on a device.

        Errors: NotFound.
        """
        await self._users.revoke(call.operator, _user(call), call.named("device_id"))
        return answer_nothing()

    async def show_device(self, call: Call) -> web.Response:
        """Return a device and who is on it.

        Errors: NotFound.
        """
        return answer_json(describe_device(await self._users.show_device(call.operator, call.named("device_id"))))

    async def delete_device(self, call: Call) -> web.Response:
        """Delete a device; the answer names the users who were on it.

        Errors: NotFound.
        """
        return answer_json({"users": await self._users.delete_device(call.operator, call.named("device_id"))})


def describe_user(user: UserFile) -> dict[str, Any]:
    """Return what is told of a user."""
    return {
        "user_id": user.user_id,
        "profiles": [each._asdict() for each in user.profiles],
        "enrollments": [each._asdict() for each in user.enrollments],
        "events": [members_of(each) for each in user.events],
    }


def describe_device(found: DeviceFile) -> dict[str, Any]:
    """Return what is told of a device."""
    return {**vars(found.device), "users": found.users}


def _user(call: Call) -> str:
    return check_transportable("user_id", call.named("user_id"))
