"""The keys that the server holds, sealed: OpenPGP keys, token-signing keys, and its own secrets."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork

_INSERT = """
    INSERT INTO server_keys (server_key_id, fingerprint, shared, public_key, sealed_secret, created_at)
    VALUES (:server_key_id, :fingerprint, :shared, :public_key, :sealed_secret, :created_at)"""
_COLUMNS = "server_key_id, fingerprint, shared, public_key, sealed_secret, created_at, retired_at"
_FIND = f"SELECT {_COLUMNS} FROM server_keys WHERE server_key_id = :server_key_id"
_FIND_SHARED = f"SELECT {_COLUMNS} FROM server_keys WHERE shared = 1 AND retired_at IS NULL"
_RETIRE_SHARED = "UPDATE server_keys SET retired_at = :now WHERE shared = 1 AND retired_at IS NULL"
_RETIRE_UNIQUE = """
    UPDATE server_keys SET retired_at = :now
     WHERE server_key_id = :server_key_id AND shared = 0 AND retired_at IS NULL"""
_PAGE = """
    SELECT server_key_id, sealed_secret FROM server_keys
     WHERE server_key_id > :after ORDER BY server_key_id LIMIT :most"""
_RESEAL = """
    UPDATE server_keys SET sealed_secret = :sealed WHERE server_key_id = :server_key_id AND sealed_secret = :before"""


@dataclass(frozen=True)
class SealedServerKey:
    """One OpenPGP key pair of the server; `shared` with many enrolments, or made for one."""

    server_key_id: str
    fingerprint: str
    shared: bool
    public_key: str
    sealed_secret: bytes
    created_at: int


async def insert(unit: UnitOfWork, key: SealedServerKey) -> None:
    """Remember a new key pair.

    Errors: AlreadyExists when a second active shared key is added.
    """
    await unit.run(_INSERT, **{**vars(key), "shared": int(key.shared)})


async def find(reader: Reader, server_key_id: str) -> SealedServerKey | None:
    """Return the key pair of that id, retired or not: old enrolments go on speaking to it."""
    row = await reader.first(_FIND, server_key_id=server_key_id)
    return None if row is None else _key(row)


async def find_shared(reader: Reader) -> SealedServerKey | None:
    """Return the shared key pair that new enrolments get."""
    row = await reader.first(_FIND_SHARED)
    return None if row is None else _key(row)


async def retire_shared(unit: UnitOfWork, *, now: int) -> None:
    """Give the shared key to no new enrolment; those that have it keep it."""
    await unit.run(_RETIRE_SHARED, now=now)


async def retire_unique(unit: UnitOfWork, server_key_id: str, *, now: int) -> None:
    """Note that the only enrolment of this key has ended."""
    await unit.run(_RETIRE_UNIQUE, server_key_id=server_key_id, now=now)


async def list_sealed(reader: Reader, *, after: str, most: int) -> list[tuple[str, bytes]]:
    """Return ids and sealed secrets, a page at a time, for sealing them anew."""
    rows = await reader.all(_PAGE, after=after, most=most)
    return [(row["server_key_id"], bytes(row["sealed_secret"])) for row in rows]


async def reseal(unit: UnitOfWork, server_key_id: str, *, before: bytes, sealed: bytes) -> None:
    """Replace the sealed secret, unless somebody else has done so."""
    await unit.run(_RESEAL, server_key_id=server_key_id, before=before, sealed=sealed)


def _key(row: Row) -> SealedServerKey:
    return SealedServerKey(
        row["server_key_id"],
        row["fingerprint"],
        bool(row["shared"]),
        row["public_key"],
        bytes(row["sealed_secret"]),
        row["created_at"],
    )
