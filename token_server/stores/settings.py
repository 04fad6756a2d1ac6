"""The features and the general mobile config, one row a field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields

from token_server.database.engine import Reader, UnitOfWork
from token_server.domain.mobile_config import MobileConfig

_SAVE = """
    INSERT INTO settings (name, value, updated_at) VALUES (:name, :value, :now)
    ON CONFLICT (name) DO UPDATE SET value = :value, updated_at = :now"""
_LIST = "SELECT name, value FROM settings"


async def save(unit: UnitOfWork, stated: Mapping[str, bool | int], *, now: int) -> None:
    """Remember those fields of the mobile config."""
    for name, value in stated.items():
        await unit.run(_SAVE, name=name, value=json.dumps(value), now=now)


async def load(reader: Reader) -> MobileConfig:
    """Return what is remembered, and the default for what is not."""
    known = {field.name for field in fields(MobileConfig)}
    rows = await reader.all(_LIST)
    return MobileConfig(**{row["name"]: json.loads(row["value"]) for row in rows if row["name"] in known})
