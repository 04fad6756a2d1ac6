"""The outbox: what portals are still to be told."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Database, Move, Reader, Row, Statement, UnitOfWork, Value

_INSERT = """
    INSERT INTO callbacks (transaction_id, callback_uri, created_at, next_attempt_at, give_up_at, claimed_until,
                           attempts)
    SELECT :transaction_id, :callback_uri, :now, :now, :give_up_at, 0, 0"""

# The guard stands twice, inside and outside: two senders may pick the same rows, only one may take each of them.
_CLAIM = """
    UPDATE callbacks
       SET claimed_until = :claimed_until, attempts = attempts + 1
     WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_attempt_at <= :now AND claimed_until <= :now
       AND transaction_id IN (SELECT transaction_id FROM callbacks
                               WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_attempt_at <= :now
                                 AND claimed_until <= :now
                               ORDER BY next_attempt_at LIMIT :most)
    RETURNING transaction_id, callback_uri, created_at, give_up_at, attempts"""
_DELIVERED = """
    UPDATE callbacks SET delivered_at = :now, claimed_until = 0, last_result = :result
     WHERE transaction_id = :transaction_id AND delivered_at IS NULL"""
_POSTPONED = """
    UPDATE callbacks SET next_attempt_at = :next_attempt_at, claimed_until = 0, last_result = :result
     WHERE transaction_id = :transaction_id AND delivered_at IS NULL AND attempts = :attempts"""
_GIVEN_UP = """
    UPDATE callbacks SET given_up_at = :now, claimed_until = 0, last_result = :result
     WHERE transaction_id = :transaction_id AND delivered_at IS NULL AND attempts = :attempts"""
_DUE = """
    SELECT transaction_id FROM callbacks
     WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_attempt_at <= :now AND claimed_until <= :now LIMIT 1"""


@dataclass(frozen=True)
class Letter:
    """One callback that this worker has taken to deliver."""

    transaction_id: str
    callback_uri: str
    created_at: int
    give_up_at: int
    attempts: int


def letter(transaction_id: str, callback_uri: str, *, now: int, give_up_at: int) -> Statement:
    """Return what writes the letter, due at once."""
    facts: dict[str, Value] = {
        "transaction_id": transaction_id,
        "callback_uri": callback_uri,
        "now": now,
        "give_up_at": give_up_at,
    }
    return Statement(_INSERT, facts)


def add(unit: UnitOfWork, transaction_id: str, callback_uri: str, *, now: int, give_up_at: int) -> None:
    """Write the letter in a unit of work."""
    statement = letter(transaction_id, callback_uri, now=now, give_up_at=give_up_at)
    unit.later(statement.sql, **statement.params)


async def claim(database: Database, *, now: int, claimed_until: int, most: int) -> list[Letter]:
    """Take up to `most` letters that are due; they are this worker's until `claimed_until`."""
    change = Statement(_CLAIM, {"now": now, "claimed_until": claimed_until, "most": most})
    return [_letter(row) for row in await database.move(Move(change))]


def mark_delivered(unit: UnitOfWork, letter: Letter, *, now: int, result: str) -> None:
    """Remember that the portal has it."""
    unit.later(_DELIVERED, transaction_id=letter.transaction_id, now=now, result=result)


async def postpone(unit: UnitOfWork, letter: Letter, *, next_attempt_at: int, result: str) -> None:
    """Put the letter back for later, unless another worker has taken it over meanwhile."""
    await unit.run(
        _POSTPONED,
        transaction_id=letter.transaction_id,
        attempts=letter.attempts,
        next_attempt_at=next_attempt_at,
        result=result,
    )


async def give_up(unit: UnitOfWork, letter: Letter, *, now: int, result: str) -> None:
    """Stop trying: the result can no longer be fetched, so the news is worth nothing."""
    await unit.run(_GIVEN_UP, transaction_id=letter.transaction_id, attempts=letter.attempts, now=now, result=result)


async def is_anything_due(reader: Reader, *, now: int) -> bool:
    """Tell whether there is a letter to take."""
    return await reader.first(_DUE, now=now) is not None


def _letter(row: Row) -> Letter:
    return Letter(row["transaction_id"], row["callback_uri"], row["created_at"], row["give_up_at"], row["attempts"])
