"""The delivery log: how each attempt to tell a portal ended.

A success stands in the outbox itself, so that the usual callback costs no row here; it moves over when somebody asks
for the callback once more.
"""

from __future__ import annotations

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.callbacks import Attempt, Delivery

_NOTE = """
    INSERT INTO callback_attempts (transaction_id, attempt, attempted_at, result)
    VALUES (:transaction_id, :attempt, :now, :result) ON CONFLICT DO NOTHING"""
_KEEP_SUCCESS = """
    INSERT INTO callback_attempts (transaction_id, attempt, attempted_at, result)
    SELECT transaction_id, attempts, delivered_at, last_result FROM callbacks
     WHERE transaction_id = :transaction_id AND delivered_at IS NOT NULL ON CONFLICT DO NOTHING"""
_FIND = """
    SELECT c.callback_uri, c.created_at, c.next_attempt_at, c.attempts, c.last_result, c.delivered_at, c.given_up_at
      FROM callbacks c JOIN transactions t ON t.transaction_id = c.transaction_id
     WHERE c.transaction_id = :transaction_id AND t.client_id = :client_id"""
_LIST = """
    SELECT attempt, attempted_at, result FROM callback_attempts
     WHERE transaction_id = :transaction_id ORDER BY attempt DESC LIMIT :most"""


def note_failure(unit: UnitOfWork, transaction_id: str, attempt: int, *, now: int, result: str) -> None:
    """Remember an attempt that failed, once."""
    unit.later(_NOTE, transaction_id=transaction_id, attempt=attempt, now=now, result=result)


async def keep_success(unit: UnitOfWork, transaction_id: str) -> None:
    """Remember the attempt that succeeded, if one did, before the outbox forgets it."""
    await unit.run(_KEEP_SUCCESS, transaction_id=transaction_id)


async def find_delivery(reader: Reader, transaction_id: str, *, client_id: str, most: int) -> Delivery | None:
    """Return the callback of that client's transaction with the last `most` of its attempts."""
    row = await reader.first(_FIND, transaction_id=transaction_id, client_id=client_id)
    if row is None:
        return None
    success = _success(row)
    noted = [_attempt(each) for each in await reader.all(_LIST, transaction_id=transaction_id, most=most)]
    earlier = [each for each in noted if each not in success]  # it may have moved over between the two questions
    return _delivery(transaction_id, row, [*success, *earlier][:most])


def _delivery(transaction_id: str, row: Row, newest_first: list[Attempt]) -> Delivery:
    is_over = row["delivered_at"] is not None or row["given_up_at"] is not None
    return Delivery(
        transaction_id,
        row["callback_uri"],
        row["created_at"],
        None if is_over else row["next_attempt_at"],
        row["delivered_at"],
        row["given_up_at"],
        newest_first[::-1],
    )


def _success(row: Row) -> list[Attempt]:
    if row["delivered_at"] is None:
        return []
    return [Attempt(row["attempts"], row["delivered_at"], row["last_result"])]


def _attempt(row: Row) -> Attempt:
    return Attempt(row["attempt"], row["attempted_at"], row["result"])
