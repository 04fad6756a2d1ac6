"""A portal looks after a user's devices (reference: Device API v4)."""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.api_clients import ApiClient
from token_server.domain.devices import UserDevice
from token_server.flows.removal import remove_user_from_device, revoke_enrollment
from token_server.stores import devices


class ManageUserDevices:
    """Lists a user's devices, and takes the user or the enrolment off them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Read and change `database`."""
        self._database = database
        self._clock = clock

    async def list_of(self, user_id: str) -> list[UserDevice]:
        """Return the devices on which the user is registered."""
        return await devices.list_of_user(self._database.read, user_id)

    async def remove(self, client: ApiClient, user_id: str, device_ids: list[str]) -> list[str]:
        """Take the user off those devices, all in one unit of work; return the ids where there was nothing to do."""
        return await self._database.write(partial(self._remove, client=client, user_id=user_id, device_ids=device_ids))

    async def remove_all(self, client: ApiClient, user_id: str) -> None:
        """Take the user off every device."""
        await self._database.write(partial(self._remove_all, client=client, user_id=user_id))

    async def disable_mobile_authentication(self, client: ApiClient, user_id: str, device_id: str) -> None:
        """End the user's enrolment on the device; the user may enrol again."""
        revoke = partial(
            revoke_enrollment,
            user_id=user_id,
            device_id=device_id,
            reason="disabled_by_portal",
            actor=f"portal:{client.client_id}",
            now=self._clock.now_ms(),
        )
        await self._database.write(revoke)

    async def _remove_all(self, unit: UnitOfWork, *, client: ApiClient, user_id: str) -> None:
        found = await devices.list_of_user(unit, user_id)
        await self._remove(unit, client=client, user_id=user_id, device_ids=[each.device_id for each in found])

    async def _remove(self, unit: UnitOfWork, *, client: ApiClient, user_id: str, device_ids: list[str]) -> list[str]:
        now = self._clock.now_ms()
        actor = f"portal:{client.client_id}"
        remove = partial(remove_user_from_device, unit, user_id, reason="removed_by_portal", actor=actor, now=now)
        return [device_id for device_id in device_ids if not await remove(device_id)]
