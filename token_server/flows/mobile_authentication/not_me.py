"""The user says "this was not me": nothing that the same stranger started reaches that user's device again.

A report is about one address, one portal, one user on one device, and about what had been started by then. Whoever else
shares the address is not concerned, and neither is a login that the user starts from there afterwards.
"""

from __future__ import annotations

from token_server.database.engine import UnitOfWork
from token_server.domain.transactions import Transaction
from token_server.flows.mobile_authentication.endings import accompany
from token_server.stores import not_me_reports, transactions
from token_server.stores.transactions import Ending


async def report(
    unit: UnitOfWork, *, transaction: Transaction, ending: Ending, signed_answer: bytes
) -> list[Transaction] | None:
    """End the transaction with that denial, and the others that the device holds; return those others.

    None when the transaction had ended. What the device has not claimed yet it cannot claim from now on.
    """
    await not_me_reports.hold(unit, str(transaction.device_id))
    if not await transactions.end_within(unit, ending):
        return None
    accompany(unit, transaction, ending, signed_answer)
    not_me_reports.add(unit, transaction, now=ending.now)
    others = await transactions.withdraw(unit, transaction, ending)
    for other in others:
        its_ending = ending._replace(transaction_id=other.transaction_id, enrollment_id=str(other.enrollment_id))
        accompany(unit, other, its_ending, None)
    return others
