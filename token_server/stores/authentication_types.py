"""Authentication types, as the admin configured them."""

from __future__ import annotations

import json

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.authentication_types import AuthenticationType, Method

_SAVE = """
    INSERT INTO authentication_types (name, method, expires_in_s, default_messages, rotation_s, accept_window_s,
                                      number_matching, created_at, updated_at)
    VALUES (:name, :method, :expires_in_s, :default_messages, :rotation_s, :accept_window_s, :number_matching,
            :now, :now)
    ON CONFLICT (name) DO UPDATE
       SET method = :method, expires_in_s = :expires_in_s, default_messages = :default_messages,
           rotation_s = :rotation_s, accept_window_s = :accept_window_s, number_matching = :number_matching,
           updated_at = :now"""
_LIST_ENABLED = """
    SELECT name, method, expires_in_s, default_messages, rotation_s, accept_window_s, number_matching
      FROM authentication_types WHERE disabled_at IS NULL ORDER BY name"""
_DISABLE = """
    UPDATE authentication_types SET disabled_at = :now, updated_at = :now WHERE name = :name AND disabled_at IS NULL"""


async def save(unit: UnitOfWork, each: AuthenticationType, *, now: int) -> None:
    """Remember the type, or change what is known of it."""
    await unit.run(
        _SAVE,
        name=each.name,
        method=each.method.value,
        expires_in_s=each.expires_in_s,
        default_messages=json.dumps(dict(each.default_messages), sort_keys=True, ensure_ascii=False),
        rotation_s=each.rotation_s,
        accept_window_s=each.accept_window_s,
        number_matching=int(each.number_matching),
        now=now,
    )


async def list_enabled(reader: Reader) -> list[AuthenticationType]:
    """Return the types that portals may ask for, by name."""
    return [_type(row) for row in await reader.all(_LIST_ENABLED)]


async def disable(unit: UnitOfWork, name: str, *, now: int) -> bool:
    """Offer the type no more; False when there is nothing to do."""
    return await unit.run(_DISABLE, name=name, now=now) == 1


def _type(row: Row) -> AuthenticationType:
    return AuthenticationType(
        name=row["name"],
        method=Method(row["method"]),
        expires_in_s=row["expires_in_s"],
        default_messages=json.loads(row["default_messages"]),
        rotation_s=row["rotation_s"],
        accept_window_s=row["accept_window_s"],
        number_matching=bool(row["number_matching"]),
    )
