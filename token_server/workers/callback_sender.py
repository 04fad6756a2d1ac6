"""Delivers what is in the outbox, several letters at a time.

What fails is tried again later. At least once: a crash between the portal's answer and our note of it posts the same
letter again.
"""

from __future__ import annotations

import asyncio

import structlog

from token_server.domain.callbacks import is_success
from token_server.flows.callback_calls import Courier
from token_server.flows.callbacks import Outbox, Posting

LOOKS_EVERY_S = 0.5

log = structlog.get_logger("callbacks")


class CallbackSender:
    """Takes letters out of the outbox and has the courier deliver them."""

    def __init__(self, outbox: Outbox, courier: Courier, *, concurrent: int) -> None:
        """Have `courier` deliver, `concurrent` letters at a time."""
        self._outbox = outbox
        self._courier = courier
        self._concurrent = concurrent
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Deliver until cancelled; then wait for what is under way."""
        try:
            while True:
                await self._deliver_some()
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way)

    async def _deliver_some(self) -> None:
        await self._outbox.wait(LOOKS_EVERY_S)
        for posting in await self._outbox.take(self._concurrent - len(self._under_way)):
            task = asyncio.create_task(self._deliver(posting))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        if len(self._under_way) >= self._concurrent:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _deliver(self, posting: Posting) -> None:
        letter = posting.letter
        result = await self._courier.post(posting.call)
        delivered = is_success(result)
        log.info(
            "callback",
            transaction_id=letter.transaction_id,
            attempt=letter.attempts,
            result=result,
            delivered=delivered,
        )
        try:
            await (self._outbox.delivered if delivered else self._outbox.failed)(letter, result)
        except Exception:  # the lease runs out and the letter is tried again
            log.exception("callback not noted", transaction_id=letter.transaction_id)
