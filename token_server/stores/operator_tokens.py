"""Personal access tokens: how programs act for an operator. Only keyed hashes are kept."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.operators import Role, TokenRecord

_COLUMNS = """t.token_id, t.operator_id, t.name, t.role, t.created_at, t.expires_at, t.last_used_at, o.name AS operator,
       o.role AS operator_role"""
_FROM = "FROM operator_tokens t JOIN operators o ON o.operator_id = t.operator_id"
_INSERT = """
    INSERT INTO operator_tokens (token_id, token_hash, operator_id, name, role, created_at, expires_at)
    VALUES (:token_id, :token_hash, :operator_id, :name, :role, :now, :expires_at)"""
_LIVE = "t.revoked_at IS NULL AND t.expires_at > :now AND o.disabled_at IS NULL"
_FIND_LIVE = f"SELECT {_COLUMNS} {_FROM} WHERE t.token_hash = :token_hash AND {_LIVE}"
_LIST = f"""
    SELECT {_COLUMNS} {_FROM}
     WHERE t.operator_id = :operator_id AND {_LIVE} AND (t.created_at, t.token_id) < (:before, :before_id)
     ORDER BY t.created_at DESC, t.token_id DESC LIMIT :most"""
_TOUCH = "UPDATE operator_tokens SET last_used_at = :now WHERE token_id = :token_id"
_REVOKE = """
    UPDATE operator_tokens SET revoked_at = :now
     WHERE token_id = :token_id AND operator_id = :operator_id AND revoked_at IS NULL"""
_REVOKE_ALL = "UPDATE operator_tokens SET revoked_at = :now WHERE operator_id = :operator_id AND revoked_at IS NULL"


@dataclass(frozen=True)
class StoredToken(TokenRecord):
    """A live token with its operator."""

    operator_id: str
    operator: str
    operator_role: Role


async def insert(
    unit: UnitOfWork,
    token_id: str,
    *,
    token_hash: str,
    operator_id: str,
    name: str,
    role: Role,
    now: int,
    expires_at: int,
) -> None:
    """Remember a new token."""
    await unit.run(
        _INSERT,
        token_id=token_id,
        token_hash=token_hash,
        operator_id=operator_id,
        name=name,
        role=role.value,
        now=now,
        expires_at=expires_at,
    )


async def find_live(reader: Reader, token_hash: str, *, now: int) -> StoredToken | None:
    """Return the token unless it was revoked, has run out, or its operator may come in no more."""
    row = await reader.first(_FIND_LIVE, token_hash=token_hash, now=now)
    return None if row is None else _stored(row)


async def list_page(
    reader: Reader, operator_id: str, *, before: int, before_id: str, most: int, now: int
) -> list[StoredToken]:
    """Return up to `most` of the operator's live tokens that are older than that one, newest first."""
    rows = await reader.all(_LIST, operator_id=operator_id, before=before, before_id=before_id, most=most, now=now)
    return [_stored(row) for row in rows]


async def touch(unit: UnitOfWork, token_id: str, *, now: int) -> None:
    """Note that the token was used."""
    await unit.run(_TOUCH, token_id=token_id, now=now)


async def revoke(unit: UnitOfWork, token_id: str, *, operator_id: str, now: int) -> bool:
    """End one token of that operator; False when it had ended."""
    return await unit.run(_REVOKE, token_id=token_id, operator_id=operator_id, now=now) == 1


async def revoke_all(unit: UnitOfWork, operator_id: str, *, now: int) -> int:
    """End every token of the operator and return how many ended."""
    return await unit.run(_REVOKE_ALL, operator_id=operator_id, now=now)


def _stored(row: Row) -> StoredToken:
    return StoredToken(
        row["token_id"],
        row["name"],
        Role(row["role"]),
        row["created_at"],
        row["expires_at"],
        row["last_used_at"],
        row["operator_id"],
        row["operator"],
        Role(row["operator_role"]),
    )
