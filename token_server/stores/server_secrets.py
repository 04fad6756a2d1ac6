"""The server's own secrets, sealed: the keys under which it hashes one-time values and signs the audit trail."""

from __future__ import annotations

from token_server.database.engine import Reader, UnitOfWork

_INSERT = """
    INSERT INTO server_secrets (name, sealed, created_at) VALUES (:name, :sealed, :now)
    ON CONFLICT (name) DO NOTHING"""
_FIND = "SELECT sealed FROM server_secrets WHERE name = :name"
_LIST = "SELECT name, sealed FROM server_secrets ORDER BY name"
_RESEAL = "UPDATE server_secrets SET sealed = :sealed WHERE name = :name AND sealed = :before"


async def insert_if_missing(unit: UnitOfWork, name: str, sealed: bytes, *, now: int) -> None:
    """Remember the secret unless there is one of that name: the first server to start decides."""
    await unit.run(_INSERT, name=name, sealed=sealed, now=now)


async def find(reader: Reader, name: str) -> bytes | None:
    """Return the sealed secret of that name."""
    row = await reader.first(_FIND, name=name)
    return None if row is None else bytes(row["sealed"])


async def list_all(reader: Reader) -> list[tuple[str, bytes]]:
    """Return the name and the sealed secret of every one."""
    return [(row["name"], bytes(row["sealed"])) for row in await reader.all(_LIST)]


async def reseal(unit: UnitOfWork, name: str, *, before: bytes, sealed: bytes) -> None:
    """Replace the sealed secret, unless somebody else has done so."""
    await unit.run(_RESEAL, name=name, before=before, sealed=sealed)
