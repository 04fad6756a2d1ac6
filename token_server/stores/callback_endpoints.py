"""The callback allow list, with the optional credentials of each address."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork

_SAVE = """
    INSERT INTO callback_endpoints (callback_uri, username, sealed_password, created_at, updated_at)
    VALUES (:callback_uri, :username, :sealed_password, :now, :now)
    ON CONFLICT (callback_uri) DO UPDATE
       SET username = :username, sealed_password = :sealed_password, updated_at = :now"""
_LIST = "SELECT callback_uri, username, sealed_password FROM callback_endpoints ORDER BY callback_uri"
_RESEAL = """
    UPDATE callback_endpoints SET sealed_password = :sealed
     WHERE callback_uri = :callback_uri AND sealed_password = :before"""


@dataclass(frozen=True)
class CallbackEndpoint:
    """One address that portals may be called back at."""

    callback_uri: str
    username: str | None = None
    sealed_password: bytes | None = None


async def save(unit: UnitOfWork, endpoint: CallbackEndpoint, *, now: int) -> None:
    """Remember the endpoint, or change its credentials."""
    await unit.run(_SAVE, **vars(endpoint), now=now)


async def list_all(reader: Reader) -> list[CallbackEndpoint]:
    """Return the whole allow list."""
    return [_endpoint(row) for row in await reader.all(_LIST)]


async def reseal(unit: UnitOfWork, callback_uri: str, *, before: bytes, sealed: bytes) -> None:
    """Replace the sealed password, unless somebody else has done so."""
    await unit.run(_RESEAL, callback_uri=callback_uri, before=before, sealed=sealed)


def _endpoint(row: Row) -> CallbackEndpoint:
    sealed = row["sealed_password"]
    return CallbackEndpoint(row["callback_uri"], row["username"], None if sealed is None else bytes(sealed))
