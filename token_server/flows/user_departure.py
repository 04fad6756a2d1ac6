"""A user leaves for good: no device, no code, nothing under way is theirs afterwards."""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.operators import Operator
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.mobile_authentication.news import TOPIC
from token_server.flows.removal import remove_user_from_device
from token_server.stores import audit_events, callbacks, devices, user_erasures

REASON = "user_erased"


class LetUserGo:
    """Ends what is live of a user; what has been stays."""

    def __init__(self, database: Database, clock: Clock, configuration: ReadConfiguration) -> None:
        """Change `database`; portals may fetch what ended for as long as `configuration` says."""
        self._database = database
        self._clock = clock
        self._configuration = configuration

    async def let_go(self, operator: Operator, user_id: str) -> list[str]:
        """Take the user off every device, end what they have claimed, and return the devices that were theirs alone.

        Those are deleted too, as far as phones can tell.
        """
        await self._database.write(partial(user_erasures.forget_loose_ends, user_id=user_id))
        retention_ms = (await self._configuration.snapshot()).mobile_config.result_retention_s * 1000
        for device_id in await user_erasures.list_devices(self._database.read, user_id):
            await self._database.write(
                partial(
                    self._leave,
                    operator=operator,
                    user_id=user_id,
                    device_id=device_id,
                    retention_ms=retention_ms,
                )
            )
        return await self._database.write(partial(self._delete_devices, operator=operator, user_id=user_id))

    async def _leave(
        self, unit: UnitOfWork, *, operator: Operator, user_id: str, device_id: str, retention_ms: int
    ) -> None:
        now = self._clock.now_ms()
        # First the enrolment goes: whoever claims or answers at this moment is waited for, or too late.
        await remove_user_from_device(unit, user_id, device_id, reason=REASON, actor=operator.actor, now=now)
        for ended in await user_erasures.end_open(unit, user_id, device_id, now=now, readable_until=now + retention_ms):
            callbacks.add(unit, *ended, now=now, give_up_at=now + retention_ms)
            audit_events.add(
                unit,
                "transaction_invalid",
                actor=operator.actor,
                now=now,
                transaction_id=ended.transaction_id,
                user_id=user_id,
                device_id=device_id,
                reason=REASON,
            )
            unit.announce(TOPIC, ended.transaction_id)

    async def _delete_devices(self, unit: UnitOfWork, *, operator: Operator, user_id: str) -> list[str]:
        now = self._clock.now_ms()
        own = await user_erasures.list_own_devices(unit, user_id)
        for device_id in own:
            if await devices.delete(unit, device_id, now=now):
                audit_events.add(unit, "device_deleted", actor=operator.actor, now=now, device_id=device_id)
        return own
