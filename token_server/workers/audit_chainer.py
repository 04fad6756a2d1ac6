"""Chains the audit trail, a moment after it is written, and keeps a checkpoint once in a while."""

from __future__ import annotations

import asyncio
import random

import structlog

from token_server.flows.audit_chain import MOST_AT_ONCE, ChainAuditTrail, ChainBroken

PAUSE_S = 1.0
BROKEN_PAUSE_S = 60.0
STEPS_BETWEEN_CHECKPOINTS = 60

log = structlog.get_logger("audit")


class AuditChainer:
    """Chains once a second, and at once again while there is much to do."""

    def __init__(self, trail: ChainAuditTrail) -> None:
        """Ask that flow to do the work."""
        self._trail = trail

    async def run(self) -> None:
        """Chain until cancelled."""
        passes = 0
        while True:
            passes += 1
            try:
                while await self._trail.step() == MOST_AT_ONCE:
                    await asyncio.sleep(0)  # whoever wants to log in goes first
            except ChainBroken as error:
                log.critical("the audit trail was changed by somebody else", problem=str(error))
                await asyncio.sleep(BROKEN_PAUSE_S)
            if passes % STEPS_BETWEEN_CHECKPOINTS == 0:
                await self._trail.keep_checkpoint()
            await asyncio.sleep(PAUSE_S * random.uniform(0.8, 1.2))  # noqa: S311 - keeps servers out of each other's way
