"""The secrets that sign callbacks, sealed: one that is the newest of its API client, and earlier ones for a while."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork

_COLUMNS = "secret_id, client_id, sealed_secret, created_at, retires_at"
_INSERT = f"""
    INSERT INTO callback_secrets ({_COLUMNS})
    VALUES (:secret_id, :client_id, :sealed_secret, :created_at, :retires_at)"""
# Those that are on their way out go no later than the newest: after a theft, `--overlap 0` ends all of them.
_RETIRE = """
    UPDATE callback_secrets SET retires_at = :retires_at
     WHERE client_id = :client_id AND (retires_at IS NULL OR retires_at > :retires_at)"""
_FORGET = "DELETE FROM callback_secrets WHERE client_id = :client_id AND retires_at <= :now"
_NEWEST_FIRST = "ORDER BY client_id, CASE WHEN retires_at IS NULL THEN 0 ELSE 1 END, created_at DESC, secret_id"
_LIST = f"SELECT {_COLUMNS} FROM callback_secrets {_NEWEST_FIRST}"
_OF_CLIENT = f"SELECT {_COLUMNS} FROM callback_secrets WHERE client_id = :client_id {_NEWEST_FIRST}"
_WITHOUT = """
    SELECT client_id FROM api_clients c
     WHERE NOT EXISTS (SELECT 1 FROM callback_secrets s WHERE s.client_id = c.client_id AND s.retires_at IS NULL)
     ORDER BY client_id"""
_RESEAL = """
    UPDATE callback_secrets SET sealed_secret = :sealed WHERE secret_id = :secret_id AND sealed_secret = :before"""


@dataclass(frozen=True)
class SealedCallbackSecret:
    """One secret; the newest has no `retires_at`, others sign until then."""

    secret_id: str
    client_id: str
    sealed_secret: bytes
    created_at: int
    retires_at: int | None = None

    def signs(self, now: int) -> bool:
        """Tell whether callbacks are signed with it."""
        return self.retires_at is None or self.retires_at > now


async def insert(unit: UnitOfWork, secret: SealedCallbackSecret) -> None:
    """Remember a client's newest secret.

    Errors: AlreadyExists when the client has one that was not retired.
    """
    await unit.run(_INSERT, **vars(secret))


async def retire(unit: UnitOfWork, client_id: str, *, now: int, retires_at: int) -> None:
    """Let the client's secrets sign until `retires_at` at the longest, and forget those that sign no more."""
    await unit.run(_RETIRE, client_id=client_id, retires_at=retires_at)
    await unit.run(_FORGET, client_id=client_id, now=now)


async def list_all(reader: Reader) -> list[SealedCallbackSecret]:
    """Return every secret, those of a client together, its newest first."""
    return [_secret(row) for row in await reader.all(_LIST)]


async def list_of(reader: Reader, client_id: str) -> list[SealedCallbackSecret]:
    """Return the client's secrets, the newest first."""
    return [_secret(row) for row in await reader.all(_OF_CLIENT, client_id=client_id)]


async def list_clients_without(reader: Reader) -> list[str]:
    """Return the clients that have none to sign with in the long run."""
    return [row["client_id"] for row in await reader.all(_WITHOUT)]


async def reseal(unit: UnitOfWork, secret_id: str, *, before: bytes, sealed: bytes) -> None:
    """Replace the sealed secret, unless somebody else has done so."""
    await unit.run(_RESEAL, secret_id=secret_id, before=before, sealed=sealed)


def _secret(row: Row) -> SealedCallbackSecret:
    return SealedCallbackSecret(
        row["secret_id"], row["client_id"], bytes(row["sealed_secret"]), row["created_at"], row["retires_at"]
    )
