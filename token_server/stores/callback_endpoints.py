"""The callback allow list, with the optional credentials of each address."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork

_COLUMNS = "callback_uri, username, sealed_password"
_INSERT = f"""
    INSERT INTO callback_endpoints ({_COLUMNS}, created_at, updated_at)
    VALUES (:callback_uri, :username, :sealed_password, :now, :now)
    ON CONFLICT (callback_uri) DO NOTHING"""
_CHANGE = """
    UPDATE callback_endpoints
       SET username = :username, sealed_password = :sealed_password, revision = revision + 1, updated_at = :now
     WHERE callback_uri = :callback_uri AND revision = :revision RETURNING revision"""
_REMOVE = "DELETE FROM callback_endpoints WHERE callback_uri = :callback_uri AND revision = :revision"
_FIND = f"SELECT {_COLUMNS}, revision, updated_at FROM callback_endpoints WHERE callback_uri = :callback_uri"
_LIST = f"SELECT {_COLUMNS}, revision, updated_at FROM callback_endpoints ORDER BY callback_uri"
_RESEAL = """
    UPDATE callback_endpoints SET sealed_password = :sealed
     WHERE callback_uri = :callback_uri AND sealed_password = :before"""


@dataclass(frozen=True)
class StoredCallbackEndpoint:
    """One address that portals may be called back at, with its credentials."""

    callback_uri: str
    username: str | None = None
    sealed_password: bytes | None = None
    revision: int = 1
    updated_at: int = 0


async def insert(unit: UnitOfWork, endpoint: StoredCallbackEndpoint, *, now: int) -> bool:
    """Remember a new endpoint; False when the address is on the list."""
    facts = {"username": endpoint.username, "sealed_password": endpoint.sealed_password, "now": now}
    return await unit.run(_INSERT, callback_uri=endpoint.callback_uri, **facts) == 1


async def change(unit: UnitOfWork, endpoint: StoredCallbackEndpoint, *, now: int) -> int | None:
    """Replace the credentials of that revision and return the new one; None when somebody was first."""
    facts = {"username": endpoint.username, "sealed_password": endpoint.sealed_password, "now": now}
    row = await unit.first(_CHANGE, callback_uri=endpoint.callback_uri, revision=endpoint.revision, **facts)
    return None if row is None else int(row["revision"])


async def remove(unit: UnitOfWork, callback_uri: str, *, revision: int) -> bool:
    """Take the address off the list; False when somebody was first."""
    return await unit.run(_REMOVE, callback_uri=callback_uri, revision=revision) == 1


async def find(reader: Reader, callback_uri: str) -> StoredCallbackEndpoint | None:
    """Return the endpoint of exactly that address."""
    row = await reader.first(_FIND, callback_uri=callback_uri)
    return None if row is None else _endpoint(row)


async def list_all(reader: Reader) -> list[StoredCallbackEndpoint]:
    """Return the whole allow list."""
    return [_endpoint(row) for row in await reader.all(_LIST)]


async def reseal(unit: UnitOfWork, callback_uri: str, *, before: bytes, sealed: bytes) -> None:
    """Replace the sealed password, unless somebody else has done so."""
    await unit.run(_RESEAL, callback_uri=callback_uri, before=before, sealed=sealed)


def _endpoint(row: Row) -> StoredCallbackEndpoint:
    sealed = None if row["sealed_password"] is None else bytes(row["sealed_password"])
    return StoredCallbackEndpoint(row["callback_uri"], row["username"], sealed, row["revision"], row["updated_at"])
