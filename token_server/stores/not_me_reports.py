"""Who said "this was not me" about which address, so that the same device is not asked again.

The claims and acceptances that a report forbids look here themselves, in their guards (`stores/transactions.py`).
"""

from __future__ import annotations

from token_server.database.engine import UnitOfWork
from token_server.domain.transactions import Transaction

_HOLD = "UPDATE devices SET deleted_at = deleted_at WHERE device_id = :device_id"
_INSERT = """
    INSERT INTO not_me_reports (transaction_id, device_id, user_id, client_id, ip_address, reported_at)
    VALUES (:transaction_id, :device_id, :user_id, :client_id, :ip_address, :now)"""


async def hold(unit: UnitOfWork, device_id: str) -> None:
    """Let one report of that device be made at a time.

    Each ends its own transaction first and the others then, so two at once would wait for each other for ever.
    """
    await unit.run(_HOLD, device_id=device_id)


def add(unit: UnitOfWork, transaction: Transaction, *, now: int) -> None:
    """Remember what the user said about that transaction's portal and address."""
    unit.later(
        _INSERT,
        transaction_id=transaction.transaction_id,
        device_id=transaction.device_id,
        user_id=transaction.user_id,
        client_id=transaction.client_id,
        ip_address=transaction.ip_address,
        now=now,
    )
