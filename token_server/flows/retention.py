"""What is old goes: transactions with all that hangs on them, and evidence, perhaps before. The audit trail stays."""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.stores import audit_events, retention

MOST_AT_ONCE = 100
DAY_MS = 86_400_000


class ForgetTransactions:
    """Deletes, batch by batch, what is older than the admin wants kept."""

    def __init__(self, database: Database, clock: Clock, *, transactions_days: int, evidence_days: int) -> None:
        """Keep transactions and evidence in `database` for so many days after the end; 0: for ever, and as long."""
        self._database = database
        self._clock = clock
        self._transactions_ms = transactions_days * DAY_MS
        self._evidence_ms = evidence_days * DAY_MS
        self._evidence_gone_before = 0

    async def forget(self) -> int:
        """Delete one batch of transactions and return how many there were."""
        if not self._transactions_ms:
            return 0
        before = self._clock.now_ms() - self._transactions_ms
        old = await retention.list_old(self._database.read, before=before, most=MOST_AT_ONCE)
        if old:
            await self._database.write(partial(self._delete, transaction_ids=old, before=before))
        return len(old)

    async def forget_evidence(self) -> int:
        """Delete the evidence of one batch of transactions and return how many there were."""
        if not self._evidence_ms:
            return 0
        before = self._clock.now_ms() - self._evidence_ms
        old = await retention.list_with_evidence(
            self._database.read, since=self._evidence_gone_before, before=before, most=MOST_AT_ONCE
        )
        if old:
            await self._database.write(partial(self._delete_evidence, transaction_ids=old, before=before))
        else:
            self._evidence_gone_before = before  # so nobody looks again at all that is there without evidence
        return len(old)

    async def _delete(self, unit: UnitOfWork, *, transaction_ids: list[str], before: int) -> None:
        await retention.delete(unit, transaction_ids)
        self._note(unit, "transactions_forgotten", len(transaction_ids), before)

    async def _delete_evidence(self, unit: UnitOfWork, *, transaction_ids: list[str], before: int) -> None:
        await retention.delete_evidence(unit, transaction_ids)
        self._note(unit, "evidence_forgotten", len(transaction_ids), before)

    def _note(self, unit: UnitOfWork, event: str, count: int, before: int) -> None:
        audit_events.add(unit, event, actor="server", now=self._clock.now_ms(), count=count, ended_before=before)
