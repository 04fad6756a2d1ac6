"""An operator changes one field of the mobile config."""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.mobile_config import parse_field
from token_server.stores import audit_events, settings


class ChangeMobileConfig:
    """Changes the features and the general mobile config."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Change what `database` holds."""
        self._database = database
        self._clock = clock

    async def change(self, name: str, text: str) -> tuple[bool | int, bool | int]:
        """Set one field from its text and return its value before and after.

        Errors: InvalidParameter.
        """
        return await self._database.write(partial(self._change, name=name, value=parse_field(name, text)))

    async def _change(self, unit: UnitOfWork, *, name: str, value: bool | int) -> tuple[bool | int, bool | int]:
        now = self._clock.now_ms()
        before: bool | int = getattr(await settings.load(unit), name)
        await settings.save(unit, {name: value}, now=now)
        audit_events.add(unit, "mobile_config_changed", actor="admin", now=now, field=name, before=before, after=value)
        return before, value
