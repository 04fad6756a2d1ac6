"""The keys that sign access tokens, sealed, and their public halves for the JWKS."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork

_INSERT = """
    INSERT INTO signing_keys (key_id, public_jwk, sealed_secret, created_at)
    VALUES (:key_id, :public_jwk, :sealed_secret, :created_at)"""
_LIST_USABLE = """
    SELECT key_id, public_jwk, sealed_secret, created_at, retired_at FROM signing_keys
     WHERE retired_at IS NULL OR retired_at > :retired_after ORDER BY created_at DESC, key_id"""
_LIST = "SELECT key_id, public_jwk, sealed_secret, created_at, retired_at FROM signing_keys ORDER BY created_at, key_id"
_RETIRE = "UPDATE signing_keys SET retired_at = :now WHERE retired_at IS NULL"
_RESEAL = "UPDATE signing_keys SET sealed_secret = :sealed WHERE key_id = :key_id AND sealed_secret = :before"


@dataclass(frozen=True)
class SealedSigningKey:
    """One key pair that signs, or signed, access tokens."""

    key_id: str
    public_jwk: str
    sealed_secret: bytes
    created_at: int
    retired_at: int | None = None


async def insert(unit: UnitOfWork, key: SealedSigningKey) -> None:
    """Remember a new signing key.

    Errors: AlreadyExists when there is an active one.
    """
    await unit.run(
        _INSERT,
        key_id=key.key_id,
        public_jwk=key.public_jwk,
        sealed_secret=key.sealed_secret,
        created_at=key.created_at,
    )


async def list_usable(reader: Reader, *, retired_after: int) -> list[SealedSigningKey]:
    """Return the active key first, then those retired so recently that their tokens may still live."""
    return [_key(row) for row in await reader.all(_LIST_USABLE, retired_after=retired_after)]


async def list_all(reader: Reader) -> list[SealedSigningKey]:
    """Return every signing key there ever was."""
    return [_key(row) for row in await reader.all(_LIST)]


async def retire(unit: UnitOfWork, *, now: int) -> None:
    """Let the active key sign nothing new."""
    await unit.run(_RETIRE, now=now)


async def reseal(unit: UnitOfWork, key_id: str, *, before: bytes, sealed: bytes) -> None:
    """Replace the sealed secret, unless somebody else has done so."""
    await unit.run(_RESEAL, key_id=key_id, before=before, sealed=sealed)


def _key(row: Row) -> SealedSigningKey:
    return SealedSigningKey(
        row["key_id"], row["public_jwk"], bytes(row["sealed_secret"]), row["created_at"], row["retired_at"]
    )
