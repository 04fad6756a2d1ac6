"""Which transaction a portal got for an Idempotency-Key. Only keyed hashes are kept, of the key and of the request."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Reader, Statement, UnitOfWork

# Without ON CONFLICT: of two that start with one key, the second takes back its transaction too (AlreadyExists).
_INSERT = """
    INSERT INTO idempotency_keys (client_id, key_hash, request_hash, transaction_id, created_at)
    SELECT :client_id, :key_hash, :request_hash, :transaction_id, :now"""
_FIND = """
    SELECT request_hash, transaction_id FROM idempotency_keys WHERE client_id = :client_id AND key_hash = :key_hash"""
_FORGET = """
    DELETE FROM idempotency_keys
     WHERE (client_id, key_hash) IN (SELECT client_id, key_hash FROM idempotency_keys
                                      WHERE created_at < :before ORDER BY created_at LIMIT :most)"""


@dataclass(frozen=True)
class RememberedStart:
    """What a key was used for."""

    request_hash: str
    transaction_id: str


def entry(client_id: str, key_hash: str, *, request_hash: str, transaction_id: str, now: int) -> Statement:
    """Return what remembers the key, in the unit of work in which the transaction begins."""
    return Statement(
        _INSERT,
        {
            "client_id": client_id,
            "key_hash": key_hash,
            "request_hash": request_hash,
            "transaction_id": transaction_id,
            "now": now,
        },
    )


async def find(reader: Reader, client_id: str, key_hash: str) -> RememberedStart | None:
    """Return what the portal used the key for, if it did."""
    row = await reader.first(_FIND, client_id=client_id, key_hash=key_hash)
    return None if row is None else RememberedStart(row["request_hash"], row["transaction_id"])


async def forget(unit: UnitOfWork, *, before: int, most: int) -> int:
    """Delete up to `most` keys that were used before that time and return how many went."""
    return await unit.run(_FORGET, before=before, most=most)
