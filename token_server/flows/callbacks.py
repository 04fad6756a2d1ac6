"""The outbox: taking letters out, and noting what became of them. Posting is the worker's."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.flows.callback_calls import Call, CallWriter, Unwritable
from token_server.flows.configuration import ReadConfiguration, Snapshot
from token_server.stores import audit_events, callbacks
from token_server.stores.callbacks import Letter
from token_server.telemetry import Telemetry

# The first letter is taken at once; those that are written within this time after it go together, and so do the notes
# of those that arrive. Units: seconds.
GATHERED_S = 0.02


class Posting(NamedTuple):
    """A letter, and the call by which this attempt delivers it."""

    letter: Letter
    call: Call


class Outbox:
    """What portals are still to be told."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        writer: CallWriter,
        telemetry: Telemetry,
        *,
        lease_ms: int,
        first_retry_ms: int,
        longest_retry_ms: int,
    ) -> None:
        """Take letters from `database`, have `writer` sign; each is ours for `lease_ms`, longer than attempts take."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._writer = writer
        self._telemetry = telemetry
        self._lease_ms = lease_ms
        self._first_retry_ms = first_retry_ms
        self._longest_retry_ms = longest_retry_ms
        self._nudged = asyncio.Event()
        self._taken_at_s = 0.0
        self._arrived: list[tuple[Letter, str]] = []
        self._noting: asyncio.Task[None] | None = None

    def nudge(self) -> None:
        """Say that a letter has been written: after the commit, never before."""
        self._nudged.set()

    async def wait(self, longest_s: float) -> None:
        """Return when there is something to do: after a nudge, or when a retry or a stray letter is due.

        Units: `longest_s`, in seconds, is how often to look for what nobody nudged about.
        """
        while not self._nudged.is_set():
            if await callbacks.is_anything_due(self._database.read, now=self._clock.now_ms()):
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), longest_s)
        clock_s = asyncio.get_running_loop().time
        await asyncio.sleep(self._taken_at_s + GATHERED_S - clock_s())  # not at all after a pause
        self._taken_at_s = clock_s()
        self._nudged.clear()

    async def take(self, most: int) -> list[Posting]:
        """Take up to `most` letters that are due; no other process gets them while the lease lasts."""
        now = self._clock.now_ms()
        letters = await callbacks.claim(self._database, now=now, claimed_until=now + self._lease_ms, most=most)
        if not letters:
            return []
        configuration = await self._configuration.snapshot()
        postings = [await self._prepare(letter, configuration) for letter in letters]
        return [posting for posting in postings if posting is not None]

    async def delivered(self, letter: Letter, result: str) -> None:
        """Note that the portal has it, together with what else arrives in the same moment."""
        self._arrived.append((letter, result))
        if self._noting is None:
            self._noting = asyncio.create_task(self._note_arrived())
        await asyncio.shield(self._noting)

    async def failed(self, letter: Letter, result: str) -> None:
        """Note that the portal did not take it: try again later, unless its result is forgotten by then."""
        now = self._clock.now_ms()
        next_attempt_at = now + retry_delay_ms(letter.attempts, self._first_retry_ms, self._longest_retry_ms)
        gives_up = next_attempt_at >= letter.give_up_at
        if gives_up:
            await self._database.write(partial(self._note_given_up, letter=letter, now=now, result=result))
        else:
            await self._database.write(
                partial(callbacks.postpone, letter=letter, now=now, next_attempt_at=next_attempt_at, result=result)
            )
        self._telemetry.callback_attempted("given_up" if gives_up else "failed")

    async def _prepare(self, letter: Letter, configuration: Snapshot) -> Posting | None:
        told = letter.transaction_id
        try:
            call = self._writer.write(configuration, letter.client_id, letter.callback_uri, told, f"msg_{told}")
        except Unwritable as damage:  # one damaged row must not hold up everybody else's letters
            await self.failed(letter, str(damage))
            return None
        return Posting(letter, call)

    async def _note_arrived(self) -> None:
        await asyncio.sleep(GATHERED_S)
        arrived, self._arrived, self._noting = self._arrived, [], None
        now = self._clock.now_ms()
        await self._database.write(partial(self._note_delivered, arrived=arrived, now=now))
        for letter, _ in arrived:
            self._telemetry.callback_attempted("delivered")
            self._telemetry.callback_delivered((now - letter.created_at) / 1000)

    async def _note_delivered(self, unit: UnitOfWork, *, arrived: list[tuple[Letter, str]], now: int) -> None:
        for letter, result in arrived:
            callbacks.mark_delivered(unit, letter, now=now, result=result)
            _audit(unit, "callback_delivered", letter, now, result)

    async def _note_given_up(self, unit: UnitOfWork, *, letter: Letter, now: int, result: str) -> None:
        await callbacks.give_up(unit, letter, now=now, result=result)
        _audit(unit, "callback_given_up", letter, now, result)


def retry_delay_ms(attempts: int, first_ms: int, longest_ms: int) -> int:
    """Return how long to wait after that many attempts: doubling, with jitter over the upper half."""
    ceiling: int = min(longest_ms, first_ms * 2 ** min(attempts - 1, 20))
    return ceiling // 2 + random.randrange(ceiling // 2 + 1)  # noqa: S311 - spreads load, guards nothing


def _audit(unit: UnitOfWork, event: str, letter: Letter, now: int, result: str) -> None:
    audit_events.add(
        unit,
        event,
        actor="server",
        now=now,
        transaction_id=letter.transaction_id,
        attempts=letter.attempts,
        result=result,
    )
