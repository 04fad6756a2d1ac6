"""The outbox: what portals are still to be told."""

from __future__ import annotations

from typing import NamedTuple

from token_server.database.engine import Database, Move, Reader, Row, Statement, UnitOfWork, Value
from token_server.stores import callback_attempts

_INSERT = """
    INSERT INTO callbacks (transaction_id, client_id, callback_uri, created_at, next_attempt_at, give_up_at,
                           claimed_until, attempts)
    SELECT :transaction_id, :client_id, :callback_uri, :now, :now, :give_up_at, 0, 0"""

# The guard stands twice, inside and outside: two senders may pick the same rows, only one may take each of them.
# Letters from before callbacks were signed do not say whose they are.
_CLAIM = """
    UPDATE callbacks
       SET claimed_until = :claimed_until, attempts = attempts + 1
     WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_attempt_at <= :now AND claimed_until <= :now
       AND transaction_id IN (SELECT transaction_id FROM callbacks
                               WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_attempt_at <= :now
                                 AND claimed_until <= :now
                               ORDER BY next_attempt_at LIMIT :most)
    RETURNING transaction_id, callback_uri, created_at, give_up_at, attempts,
              COALESCE(client_id, (SELECT t.client_id FROM transactions t
                                    WHERE t.transaction_id = callbacks.transaction_id)) AS client_id"""
_DELIVERED = """
    UPDATE callbacks SET delivered_at = :now, claimed_until = 0, last_result = :result
     WHERE transaction_id = :transaction_id AND delivered_at IS NULL"""
_POSTPONED = """
    UPDATE callbacks SET next_attempt_at = :next_attempt_at, claimed_until = 0, last_result = :result
     WHERE transaction_id = :transaction_id AND delivered_at IS NULL AND attempts = :attempts"""
_GIVEN_UP = """
    UPDATE callbacks SET given_up_at = :now, claimed_until = 0, last_result = :result
     WHERE transaction_id = :transaction_id AND delivered_at IS NULL AND attempts = :attempts"""
# An attempt that is under way keeps its lease: it is the one that was asked for.
_RETRY = """
    UPDATE callbacks SET next_attempt_at = :now, delivered_at = NULL, given_up_at = NULL
     WHERE transaction_id = :transaction_id"""
_HOLD = """
    UPDATE callbacks SET claimed_until = claimed_until
     WHERE transaction_id = :transaction_id
       AND transaction_id IN (SELECT t.transaction_id FROM transactions t
                               WHERE t.transaction_id = :transaction_id AND t.client_id = :client_id)"""
_DUE = """
    SELECT transaction_id FROM callbacks
     WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_attempt_at <= :now AND claimed_until <= :now LIMIT 1"""


class Letter(NamedTuple):
    """One callback that this worker has taken to deliver."""

    transaction_id: str
    client_id: str
    callback_uri: str
    created_at: int
    give_up_at: int
    attempts: int


def letter(transaction_id: str, client_id: str, callback_uri: str, *, now: int, give_up_at: int) -> Statement:
    """Return what writes the letter to that API client, due at once."""
    facts: dict[str, Value] = {
        "transaction_id": transaction_id,
        "client_id": client_id,
        "callback_uri": callback_uri,
        "now": now,
        "give_up_at": give_up_at,
    }
    return Statement(_INSERT, facts)


def add(unit: UnitOfWork, transaction_id: str, client_id: str, callback_uri: str, *, now: int, give_up_at: int) -> None:
    """Write the letter in a unit of work."""
    statement = letter(transaction_id, client_id, callback_uri, now=now, give_up_at=give_up_at)
    unit.later(statement.sql, **statement.params)


async def claim(database: Database, *, now: int, claimed_until: int, most: int) -> list[Letter]:
    """Take up to `most` letters that are due; they are this worker's until `claimed_until`."""
    change = Statement(_CLAIM, {"now": now, "claimed_until": claimed_until, "most": most})
    return [_letter(row) for row in await database.move(Move(change))]


def mark_delivered(unit: UnitOfWork, letter: Letter, *, now: int, result: str) -> None:
    """Remember that the portal has it."""
    unit.later(_DELIVERED, transaction_id=letter.transaction_id, now=now, result=result)


async def postpone(unit: UnitOfWork, letter: Letter, *, now: int, next_attempt_at: int, result: str) -> None:
    """Put the letter back for later, unless another worker has taken it over meanwhile."""
    unit.later(
        _POSTPONED,
        transaction_id=letter.transaction_id,
        attempts=letter.attempts,
        next_attempt_at=next_attempt_at,
        result=result,
    )
    callback_attempts.note_failure(unit, letter.transaction_id, letter.attempts, now=now, result=result)


async def give_up(unit: UnitOfWork, letter: Letter, *, now: int, result: str) -> None:
    """Stop trying: the result can no longer be fetched, so the news is worth nothing."""
    unit.later(_GIVEN_UP, transaction_id=letter.transaction_id, attempts=letter.attempts, now=now, result=result)
    callback_attempts.note_failure(unit, letter.transaction_id, letter.attempts, now=now, result=result)


async def retry(unit: UnitOfWork, transaction_id: str, *, client_id: str, now: int) -> bool:
    """Make the letter due again, whatever became of it; False when that client has no such letter."""
    if await unit.run(_HOLD, transaction_id=transaction_id, client_id=client_id) == 0:
        return False
    await callback_attempts.keep_success(unit, transaction_id)
    await unit.run(_RETRY, transaction_id=transaction_id, now=now)
    return True


async def is_anything_due(reader: Reader, *, now: int) -> bool:
    """Tell whether there is a letter to take."""
    return await reader.first(_DUE, now=now) is not None


def _letter(row: Row) -> Letter:
    return Letter(
        row["transaction_id"],
        row["client_id"],
        row["callback_uri"],
        row["created_at"],
        row["give_up_at"],
        row["attempts"],
    )
