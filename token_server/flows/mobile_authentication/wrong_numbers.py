"""The user typed another number than the portal shows: it is counted, and the last try ends the transaction."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import UnitOfWork
from token_server.domain.numbers import is_counted, tries_left
from token_server.domain.transactions import State, Transaction
from token_server.flows.mobile_authentication.endings import accompany
from token_server.stores import audit_events, transactions
from token_server.stores.transactions import Ending


@dataclass(frozen=True)
class Count:
    """How things stand after a wrong number; `is_new`: it was this one that was counted."""

    state: State
    tries_left: int
    is_new: bool


async def count(
    unit: UnitOfWork, *, transaction: Transaction, ending: Ending, number: str, signed_answer: bytes
) -> Count | None:
    """Count the wrong number, once however often it comes; None when nothing can be counted any more."""
    counted = await transactions.count_wrong_number(unit, ending, number)
    if counted is None:
        return await _counted_before(unit, ending, number)
    left = tries_left(counted.wrong_numbers)
    if counted.is_open:
        _note(unit, counted, ending.now, left)
    else:
        accompany(unit, transaction, ending, signed_answer)
    return Count(counted.state, left, is_new=True)


async def _counted_before(unit: UnitOfWork, ending: Ending, number: str) -> Count | None:
    found = await transactions.find(unit, ending.transaction_id)
    if found is None or not is_counted(number, found.wrong_numbers):
        return None
    can_go_on = found.state is State.CLAIMED and found.expires_at > ending.now
    if not can_go_on and found.state is not ending.state:
        return None
    return Count(found.state, tries_left(found.wrong_numbers), is_new=False)


def _note(unit: UnitOfWork, transaction: Transaction, now: int, left: int) -> None:
    audit_events.add(
        unit,
        "wrong_number",
        actor=f"device:{transaction.device_id}",
        now=now,
        transaction_id=transaction.transaction_id,
        user_id=transaction.user_id,
        device_id=transaction.device_id,
        tries_left=left,
    )
