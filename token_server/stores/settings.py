"""The features and the general mobile config, one row a field; one revision for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.mobile_config import MobileConfig, PushEnrollmentMode, Setting
from token_server.domain.revised import Revised
from token_server.stores import revisions

_NAME = "mobile_config"
_SAVE = """
    INSERT INTO settings (name, value, updated_at) VALUES (:name, :value, :now)
    ON CONFLICT (name) DO UPDATE SET value = :value, updated_at = :now"""
_LIST = "SELECT name, value, updated_at FROM settings"
_FIELDS = frozenset(field.name for field in fields(MobileConfig))


async def change(unit: UnitOfWork, stated: Mapping[str, Setting], *, revision: int, now: int) -> int | None:
    """Change those fields of the mobile config and return the new revision; None when somebody was first."""
    changed = await revisions.bump(unit, _NAME, revision)
    if changed is not None:
        for name, value in stated.items():
            await unit.run(_SAVE, name=name, value=json.dumps(value), now=now)
    return changed


async def load(reader: Reader) -> MobileConfig:
    """Return what is remembered, and the default for what is not."""
    return _config(await reader.all(_LIST))


async def load_revised(reader: Reader) -> Revised[MobileConfig]:
    """Return the same with its revision."""
    revision = await revisions.find(reader, _NAME)  # first: a change in between makes it too old, and never too new
    rows = await reader.all(_LIST)
    updated_at = max((row["updated_at"] for row in rows if row["name"] in _FIELDS), default=0)
    return Revised(_config(rows), revision, None, updated_at)


def _config(rows: Sequence[Row]) -> MobileConfig:
    stored = {row["name"]: json.loads(row["value"]) for row in rows if row["name"] in _FIELDS}
    if "push_enrollment_mode" in stored:
        stored["push_enrollment_mode"] = PushEnrollmentMode(stored["push_enrollment_mode"])
    return MobileConfig(**stored)
