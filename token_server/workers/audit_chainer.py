"""Chains the audit trail, a moment after it is written, and keeps a checkpoint once in a while."""

from __future__ import annotations

import asyncio
import random

import structlog

from token_server.flows.audit_chain import ChainAuditTrail, ChainBroken
from token_server.telemetry import Telemetry

PAUSE_S = 1.0
BROKEN_PAUSE_S = 60.0

log = structlog.get_logger("audit")


class AuditChainer:
    """Chains once a second whatever waits; a broken chain is told once a minute until somebody looks."""

    def __init__(self, trail: ChainAuditTrail, telemetry: Telemetry, *, checkpoint_s: float) -> None:
        """Ask `trail` to do the work, and every `checkpoint_s` seconds for a checkpoint."""
        self._trail = trail
        self._telemetry = telemetry
        self._checkpoint_s = checkpoint_s

    async def run(self) -> None:
        """Chain until cancelled."""
        loop = asyncio.get_running_loop()
        checkpoint_due = loop.time() + self._checkpoint_s
        while True:
            is_whole = await self._chain()
            if is_whole and loop.time() >= checkpoint_due:
                await self._keep_checkpoint()
                checkpoint_due = loop.time() + self._checkpoint_s
            # Never quite the same pause: it keeps servers on one database out of each other's way.
            await asyncio.sleep((PAUSE_S if is_whole else BROKEN_PAUSE_S) * random.uniform(0.8, 1.2))  # noqa: S311

    async def _chain(self) -> bool:
        try:
            self._telemetry.audit_chained(await self._trail.catch_up())
        except ChainBroken as error:
            log.critical("the audit trail was changed by somebody else", problem=str(error))
            self._telemetry.audit_chain_found(is_broken=True, waiting=await self._trail.count_waiting())
            return False
        self._telemetry.audit_chain_found(is_broken=False, waiting=await self._trail.count_waiting())
        return True

    async def _keep_checkpoint(self) -> None:
        """Keep one and log it: a collector of logs then has it where nobody with the database can reach it."""
        kept = await self._trail.keep_checkpoint()
        if kept is not None:
            log.info("audit checkpoint", **kept._asdict())
