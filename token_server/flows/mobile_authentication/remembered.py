"""Transactions that this process has started or given to a phone, as they were then."""

from __future__ import annotations

from token_server.database.engine import Reader
from token_server.domain.callers import Caller
from token_server.domain.transactions import Transaction
from token_server.flows.memory import Memory
from token_server.stores import transactions

MOST = 4096


class RememberedTransactions:
    """Spares those who are remembered themselves the look at what their transaction was.

    What was asked for never changes once it has begun, nor what was shown once it is claimed; what does change stands
    in the guards of the moves that follow.
    """

    def __init__(self, reader: Reader) -> None:
        """Look up with `reader` what is not remembered, and for whoever is not."""
        self._reader = reader
        self._memory = Memory[str, Transaction](MOST)

    def keep(self, transaction: Transaction) -> None:
        """Remember the transaction as it is now."""
        self._memory.keep(transaction.transaction_id, transaction)

    def forget(self, transaction_id: str) -> None:
        """Forget a transaction: it has ended, or it must be looked at the next time."""
        self._memory.forget(transaction_id)

    async def find(self, caller: Caller, transaction_id: str) -> Transaction | None:
        """Return the transaction; to a remembered caller perhaps as it was when it was last seen."""
        if caller.is_remembered:
            remembered = self._memory.get(transaction_id)
            if remembered is not None:
                return remembered
        return await transactions.find(self._reader, transaction_id)
