"""Audit trails for tests: entries by the hundred, a chain over them, and somebody with a database shell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.clock import FrozenClock
from token_server.crypto.checkpoint_keys import CheckpointKey
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.audit_chain import Checkpoint
from token_server.domain.audit_reports import Report
from token_server.domain.operators import TERMINAL
from token_server.flows.audit_chain import ChainAuditTrail
from token_server.flows.audit_verification import VerifyAuditTrail
from token_server.stores import audit_chain, audit_events


@dataclass
class Trail:
    """One installation's audit trail."""

    database: Database
    clock: FrozenClock
    key: CheckpointKey

    @property
    def chainer(self) -> ChainAuditTrail:
        """What gives entries their place."""
        return ChainAuditTrail(self.database, self.clock, self.key)

    async def write(self, count: int, first: int = 0) -> None:
        """Write entries as logins do, numbered from `first` on, a millisecond apart."""

        async def story(unit: UnitOfWork) -> None:
            for number in range(first, first + count):
                audit_events.add(
                    unit,
                    "transaction_answered",
                    actor=f"device:{number % 7}",
                    now=self.clock.now_ms() + number,
                    transaction_id=f"t-{number}",
                    user_id=f"user-{number % 5}",
                    device_id=f"{number % 7}",
                    decision="accept",
                    number=number,
                )

        await self.database.write(story)

    async def chain(self) -> int:
        """Chain everything that waits and return how many entries that were."""
        return await self.chainer.catch_up()

    async def chained(self, count: int) -> None:
        """Write that many entries and chain them."""
        await self.write(count)
        assert await self.chain() == count

    async def verify(self, *exported: Checkpoint) -> Report:
        """Audit it."""
        return await VerifyAuditTrail(self.database, self.clock, self.key.public).verify(TERMINAL, exported=exported)

    async def checkpoint(self) -> Checkpoint:
        """Keep a checkpoint and return it, as somebody who exports it would have it."""
        kept = await self.chainer.keep_checkpoint()
        assert kept == (await audit_chain.list_checkpoints(self.database.read, after=0, most=1000))[-1]
        return kept

    async def tamper(self, *statements: str, **params: Any) -> None:
        """Change the database behind the server's back."""

        async def story(unit: UnitOfWork) -> None:
            for sql in statements:
                named = {name: value for name, value in params.items() if f":{name}" in sql}
                await unit.run(sql, **named)

        await self.database.write(story)
