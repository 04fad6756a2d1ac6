"""Finished transactions that are old, and deleting them with everything that hangs on them."""

from __future__ import annotations

from collections.abc import Sequence

from token_server.database.engine import Reader, UnitOfWork

_OLD = "SELECT transaction_id FROM transactions WHERE ended_at < :before ORDER BY ended_at, transaction_id LIMIT :most"
_OLD_WITH_EVIDENCE = """
    SELECT t.transaction_id FROM transactions t
     WHERE t.ended_at >= :since AND t.ended_at < :before
       AND (t.challenge_document IS NOT NULL
            OR EXISTS (SELECT 1 FROM evidence e WHERE e.transaction_id = t.transaction_id))
     ORDER BY t.ended_at, t.transaction_id LIMIT :most"""
_DELETE_EVIDENCE = "DELETE FROM evidence WHERE transaction_id = :transaction_id"
_FORGET_WHAT_WAS_SHOWN = """
    UPDATE transactions SET challenge_document = NULL WHERE transaction_id = :transaction_id AND ended_at IS NOT NULL"""
# Children first.
_DELETE = (
    "DELETE FROM callback_attempts WHERE transaction_id = :transaction_id",
    "DELETE FROM callbacks WHERE transaction_id = :transaction_id",
    _DELETE_EVIDENCE,
    "DELETE FROM views WHERE transaction_id = :transaction_id",
    "DELETE FROM not_me_reports WHERE transaction_id = :transaction_id",
    "DELETE FROM idempotency_keys WHERE transaction_id = :transaction_id",
    "DELETE FROM transactions WHERE transaction_id = :transaction_id AND ended_at IS NOT NULL",
)


async def list_old(reader: Reader, *, before: int, most: int) -> list[str]:
    """Return transactions that ended before that time, oldest first."""
    return [row["transaction_id"] for row in await reader.all(_OLD, before=before, most=most)]


async def list_with_evidence(reader: Reader, *, since: int, before: int, most: int) -> list[str]:
    """Return transactions that ended between those times and of which there is evidence, oldest first."""
    rows = await reader.all(_OLD_WITH_EVIDENCE, since=since, before=before, most=most)
    return [row["transaction_id"] for row in rows]


async def delete(unit: UnitOfWork, transaction_ids: Sequence[str]) -> None:
    """Delete finished transactions with everything that hangs on them."""
    facts = [{"transaction_id": each} for each in transaction_ids]
    for statement in _DELETE:
        await unit.run_each(statement, facts)


async def delete_evidence(unit: UnitOfWork, transaction_ids: Sequence[str]) -> None:
    """Delete the evidence of finished transactions, and what was shown."""
    facts = [{"transaction_id": each} for each in transaction_ids]
    await unit.run_each(_DELETE_EVIDENCE, facts)
    await unit.run_each(_FORGET_WHAT_WAS_SHOWN, facts)
