"""What goes with the end of a claimed transaction: evidence, the portal's letter, the event; all of it or nothing."""

from __future__ import annotations

from typing import Any

from token_server.database.engine import Statement, UnitOfWork
from token_server.domain.transactions import Transaction
from token_server.flows.mobile_authentication.news import TOPIC
from token_server.stores import audit_events, callbacks, transactions
from token_server.stores.transactions import Ending


def company(transaction: Transaction, ending: Ending, signed_answer: bytes | None) -> tuple[Statement, ...]:
    """Return what is written with that end; there is no evidence where the device signed nothing about it."""
    letter = callbacks.letter(
        transaction.transaction_id,
        transaction.client_id,
        transaction.callback_uri,
        now=ending.now,
        give_up_at=ending.readable_until,
    )
    if signed_answer is None:
        return letter, _event(transaction, ending)
    evidence = transactions.evidence(
        transaction.transaction_id,
        enrollment_id=ending.enrollment_id,
        signed_answer=signed_answer,
        now=ending.now,
    )
    return evidence, letter, _event(transaction, ending)


def accompany(unit: UnitOfWork, transaction: Transaction, ending: Ending, signed_answer: bytes | None) -> None:
    """Write all of that in a unit of work, and have the end announced."""
    for statement in company(transaction, ending, signed_answer):
        unit.later(statement.sql, **statement.params)
    unit.announce(TOPIC, transaction.transaction_id)


def _event(transaction: Transaction, ending: Ending) -> Statement:
    detail: dict[str, Any] = {} if ending.reason is None else {"reason": ending.reason}
    return audit_events.entry(
        f"transaction_{ending.state}",
        actor=f"device:{transaction.device_id}",
        now=ending.now,
        transaction_id=transaction.transaction_id,
        user_id=transaction.user_id,
        device_id=transaction.device_id,
        **detail,
    )
