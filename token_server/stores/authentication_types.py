"""Authentication types, as the admin configured them."""

from __future__ import annotations

import json

from token_server.database.engine import Reader, Row, UnitOfWork, Value
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.revised import Revised

_COLUMNS = "name, method, expires_in_s, default_messages, rotation_s, accept_window_s, number_matching"
_REVISED = f"{_COLUMNS}, revision, disabled_at, updated_at"
_INSERT = f"""
    INSERT INTO authentication_types ({_COLUMNS}, created_at, updated_at)
    VALUES (:name, :method, :expires_in_s, :default_messages, :rotation_s, :accept_window_s, :number_matching,
            :now, :now)
    ON CONFLICT (name) DO NOTHING"""
_CHANGED = "revision = revision + 1, updated_at = :now"
_GUARD = "name = :name AND revision = :revision"
_CHANGE = f"""
    UPDATE authentication_types
       SET method = :method, expires_in_s = :expires_in_s, default_messages = :default_messages,
           rotation_s = :rotation_s, accept_window_s = :accept_window_s, number_matching = :number_matching, {_CHANGED}
     WHERE {_GUARD} RETURNING revision"""
_RENAME = f"UPDATE authentication_types SET name = :new_name, {_CHANGED} WHERE {_GUARD} RETURNING revision"
_DISABLE = f"""
    UPDATE authentication_types SET disabled_at = :now, {_CHANGED}
     WHERE {_GUARD} AND disabled_at IS NULL RETURNING revision"""
_ENABLE = f"""
    UPDATE authentication_types SET disabled_at = NULL, {_CHANGED}
     WHERE {_GUARD} AND disabled_at IS NOT NULL RETURNING revision"""
_FIND = f"SELECT {_REVISED} FROM authentication_types WHERE name = :name"
_LIST_ALL = f"SELECT {_REVISED} FROM authentication_types ORDER BY name"
_LIST_ENABLED = f"SELECT {_COLUMNS} FROM authentication_types WHERE disabled_at IS NULL ORDER BY name"


async def insert(unit: UnitOfWork, each: AuthenticationType, *, now: int) -> bool:
    """Remember a new type; False when the name is taken."""
    return await unit.run(_INSERT, **_values(each), now=now) == 1


async def change(unit: UnitOfWork, each: AuthenticationType, *, revision: int, now: int) -> int | None:
    """Change everything but the name and return the new revision; None when somebody was first."""
    return _revision(await unit.first(_CHANGE, **_values(each), revision=revision, now=now))


async def rename(unit: UnitOfWork, name: str, new_name: str, *, revision: int, now: int) -> int | None:
    """Call the type otherwise and return the new revision; None when somebody was first.

    Errors: AlreadyExists when the new name is taken.
    """
    return _revision(await unit.first(_RENAME, name=name, new_name=new_name, revision=revision, now=now))


async def disable(unit: UnitOfWork, name: str, *, revision: int, now: int) -> int | None:
    """Offer the type no more and return the new revision; None when somebody was first."""
    return _revision(await unit.first(_DISABLE, name=name, revision=revision, now=now))


async def enable(unit: UnitOfWork, name: str, *, revision: int, now: int) -> int | None:
    """Offer the type again and return the new revision; None when somebody was first."""
    return _revision(await unit.first(_ENABLE, name=name, revision=revision, now=now))


async def find(reader: Reader, name: str) -> Revised[AuthenticationType] | None:
    """Return the type of that name, a disabled one too."""
    row = await reader.first(_FIND, name=name)
    return None if row is None else _revised(row)


async def list_all(reader: Reader) -> list[Revised[AuthenticationType]]:
    """Return every type, disabled ones too, by name."""
    return [_revised(row) for row in await reader.all(_LIST_ALL)]


async def list_enabled(reader: Reader) -> list[AuthenticationType]:
    """Return the types that portals may ask for, by name."""
    return [_type(row) for row in await reader.all(_LIST_ENABLED)]


def _values(each: AuthenticationType) -> dict[str, Value]:
    return {
        "name": each.name,
        "method": each.method.value,
        "expires_in_s": each.expires_in_s,
        "default_messages": json.dumps(dict(each.default_messages), sort_keys=True, ensure_ascii=False),
        "rotation_s": each.rotation_s,
        "accept_window_s": each.accept_window_s,
        "number_matching": int(each.number_matching),
    }


def _revision(row: Row | None) -> int | None:
    return None if row is None else int(row["revision"])


def _revised(row: Row) -> Revised[AuthenticationType]:
    return Revised(_type(row), row["revision"], row["disabled_at"], row["updated_at"])


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
