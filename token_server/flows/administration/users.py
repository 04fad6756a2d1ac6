"""Operators look a user up, and take phones away: from the user, or altogether."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database
from token_server.domain.devices import Device
from token_server.domain.errors import NotFound
from token_server.domain.operators import Operator, Permission
from token_server.domain.user_files import UserFile
from token_server.flows.audit_search import SearchAuditTrail
from token_server.flows.removal import delete_device, remove_user_from_device, revoke_enrollment
from token_server.stores import devices, user_files

MOST_SHOWN = 200
EVENTS_SHOWN = 20
REASON = "by_operator"

Take = Callable[..., Awaitable[bool]]


@dataclass(frozen=True)
class DeviceFile:
    """A device, and the users who are on it."""

    device: Device
    users: list[str]


class ManageUsers:
    """Everything about a user, and what can be taken from them."""

    def __init__(self, database: Database, clock: Clock, trail: SearchAuditTrail) -> None:
        """Read and change `database`; what happened stands in `trail`."""
        self._database = database
        self._clock = clock
        self._trail = trail

    async def show(self, operator: Operator, user_id: str) -> UserFile:
        """Return all there is of a user, which may be nothing.

        Errors: NotAllowed.
        """
        operator.require(Permission.SEE_USERS)
        read, now = self._database.read, self._clock.now_ms()
        return UserFile(
            user_id,
            await user_files.list_profiles(read, user_id, now=now, most=MOST_SHOWN),
            await user_files.list_enrollments(read, user_id, most=MOST_SHOWN),
            await self._trail.last_of_user(operator, user_id, most=EVENTS_SHOWN),
        )

    async def show_device(self, operator: Operator, device_id: str) -> DeviceFile:
        """Return a device, deleted or not, with the users who are on it.

        Errors: NotAllowed, NotFound.
        """
        operator.require(Permission.SEE_USERS)
        device = await devices.find(self._database.read, device_id)
        if device is None:
            raise _no_device()
        return DeviceFile(device, await devices.list_users(self._database.read, device_id))

    async def disconnect(self, operator: Operator, user_id: str, device_id: str) -> None:
        """Take the user off a device: log-in and enrolment end at once, on every node; others on it stay.

        Errors: NotAllowed, NotFound.
        """
        operator.require(Permission.REVOKE_DEVICES)
        await self._take(remove_user_from_device, operator, user_id, device_id, "This user is not on this device")

    async def revoke(self, operator: Operator, user_id: str, device_id: str) -> None:
        """End the user's enrolment on a device; they stay logged in, and may enrol again.

        Errors: NotAllowed, NotFound.
        """
        operator.require(Permission.REVOKE_DEVICES)
        await self._take(
            revoke_enrollment, operator, user_id, device_id, "This user has no mobile authentication on this device"
        )

    async def delete_device(self, operator: Operator, device_id: str) -> list[str]:
        """Delete a device with everybody on it, and return whom that concerns.

        Errors: NotAllowed; NotFound, also when it was deleted before.
        """
        operator.require(Permission.REVOKE_DEVICES)
        story = partial(delete_device, device_id=device_id, actor=operator.actor, now=self._clock.now_ms())
        users = await self._database.write(story)
        if users is None:
            raise _no_device()
        return users

    async def _take(self, take: Take, operator: Operator, user_id: str, device_id: str, problem: str) -> None:
        now, actor = self._clock.now_ms(), operator.actor
        story = partial(take, user_id=user_id, device_id=device_id, reason=REASON, actor=actor, now=now)
        if not await self._database.write(story):
            raise NotFound(problem)


def _no_device() -> NotFound:
    return NotFound("There is no such device, or it was deleted before")
