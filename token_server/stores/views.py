"""View tokens: which browser may watch which transaction. Only their keyed hashes are kept."""

from __future__ import annotations

from typing import NamedTuple

from token_server.database.engine import Reader, UnitOfWork

# The row of the transaction is written first, whatever it says: on PostgreSQL that lets one view after the other count
# those before it. Counting alone let sixteen of sixteen in.
_MARK_VIEWED = """
    UPDATE transactions SET viewed_at = COALESCE(viewed_at, :now)
     WHERE transaction_id = :transaction_id AND client_id = :client_id AND ended_at IS NULL AND expires_at > :now"""
_ADD = """
    INSERT INTO views (token_hash, transaction_id, created_at)
    SELECT :token_hash, :transaction_id, :now
     WHERE (SELECT COUNT(*) FROM views WHERE transaction_id = :transaction_id) < :most"""
_FIND = """
    SELECT t.transaction_id, t.client_id FROM views v JOIN transactions t ON t.transaction_id = v.transaction_id
     WHERE v.token_hash = :token_hash AND (t.readable_until IS NULL OR t.readable_until > :now)"""


class StoredView(NamedTuple):
    """What a view token opens."""

    transaction_id: str
    client_id: str


async def mark_viewed(unit: UnitOfWork, transaction_id: str, *, client_id: str, now: int) -> bool:
    """Have that portal's open transaction announce its changes from now on; False when there is none."""
    return await unit.run(_MARK_VIEWED, transaction_id=transaction_id, client_id=client_id, now=now) == 1


async def add(unit: UnitOfWork, token_hash: str, transaction_id: str, *, now: int, most: int) -> bool:
    """Remember one more view, after `mark_viewed` in the same unit of work; False when there are `most` already."""
    return await unit.run(_ADD, token_hash=token_hash, transaction_id=transaction_id, now=now, most=most) == 1


async def find(reader: Reader, token_hash: str, *, now: int) -> StoredView | None:
    """Return what the token opens, while the transaction's result can be read."""
    row = await reader.first(_FIND, token_hash=token_hash, now=now)
    return None if row is None else StoredView(row["transaction_id"], row["client_id"])
