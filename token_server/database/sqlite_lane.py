"""SQLite's one writer lane: many waiting units of work, one COMMIT.

An fsync costs as much as dozens of statements, so units share it. Whoever comes while the lane is free runs its story
at once, in its own task; whoever comes during a COMMIT waits, and all who waited run one after the other in one turn of
the event loop before the next COMMIT starts in the connection's thread. Callers are answered only after the COMMIT that
holds their unit.

    line ──(lane is free)──▶ story in its SAVEPOINT ──▶ batch ──(nobody else is ready)──▶ COMMIT ──▶ answers
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import copy_context
from itertools import islice
from typing import NamedTuple, TypeVar

import aiosqlite

from token_server.database.announcements import Listeners
from token_server.database.engine import UnitOfWork
from token_server.database.sqlite_errors import is_busy, translated
from token_server.database.sqlite_unit import SQLiteUnit
from token_server.domain.errors import StorageBusy, Unavailable

T = TypeVar("T")

_ASK_FOR_LOCK_EVERY_S = 0.002
_CLOSED = "The database is closed."


class _Place:
    """A caller's place in the line; `called` is done when it may look whether the lane is its own now."""

    __slots__ = ("called",)

    called: asyncio.Future[None]


class _Kept(NamedTuple):
    """A unit that waits for the COMMIT, and what its caller waits on."""

    unit: SQLiteUnit
    committed: asyncio.Future[None]


class WriterLane:
    """Takes stories one by one and commits them in batches."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        thread: aiosqlite.Connection,
        *,
        listeners: Listeners,
        on_commit: Callable[[str], None],
        most_units: int,
        lock_wait_s: float,
    ) -> None:
        """Write through `connection`, whose own `thread` does what may wait for the disk."""
        self._connection = connection
        self._thread = thread
        self._listeners = listeners
        self._on_commit = on_commit
        self._most_units = most_units
        self._lock_wait_s = lock_wait_s
        self._line: deque[_Place] = deque()
        self._batch: list[_Kept] = []
        self._is_held = False
        self._is_commit_due = False
        self._commit: asyncio.Task[None] | None = None
        self._is_closed = False
        # What the lane does for everybody must not run in the context of whoever happened to come last.
        self._context = copy_context()

    async def run(self, story: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run the story once and return what it returned, committed. Errors: the story's; StorageBusy; Unavailable."""
        await self._turn()
        self._is_held = True
        try:
            await self._begin()
            result, committed = await self._carry_out(story)
        finally:
            self._is_held = False
            self._move_on()
        await committed
        return result

    async def close(self) -> None:
        """Let everybody who is in line finish, and nobody in after them; a story that does not end is left behind."""
        if not self._is_closed:
            with suppress(TimeoutError, StorageBusy):
                async with asyncio.timeout(self._lock_wait_s):
                    await self.run(_nothing)
            self._shut()

    # ── Taking turns ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _is_free(self) -> bool:
        return not self._is_held and self._commit is None and len(self._batch) < self._most_units

    async def _turn(self) -> None:
        """Wait until the lane is the caller's; nothing is awaited between this and taking it."""
        if self._is_closed:
            raise Unavailable(_CLOSED)
        if not self._line and self._is_free():
            return
        place = _Place()
        self._line.append(place)
        try:
            await self._reach_the_front(place)
        except BaseException:
            self._line.remove(place)
            self._move_on()  # the call to a caller that was cancelled goes to the next one
            raise
        self._line.popleft()

    async def _reach_the_front(self, place: _Place) -> None:
        while True:
            place.called = asyncio.get_running_loop().create_future()
            await place.called
            if self._line[0] is place and self._is_free():
                return

    def _move_on(self) -> None:
        """Call those who are next, and have the batch committed after them."""
        if self._is_held or self._commit is not None:
            return
        if self._line and not self._line[0].called.done():
            for place in islice(self._line, self._most_units - len(self._batch)):
                if not place.called.done():
                    place.called.set_result(None)
        if not self._is_commit_due and self._connection.in_transaction:
            self._is_commit_due = True
            # The loop runs what is ready in order: first everybody just called, then the COMMIT.
            asyncio.get_running_loop().call_soon(self._start_commit, context=self._context)

    def _turn_away(self, error: Exception) -> None:
        for place in self._line:
            if not place.called.done():
                place.called.set_exception(error)

    def _shut(self) -> None:
        self._is_closed = True
        self._turn_away(Unavailable(_CLOSED))

    # ── One unit ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _begin(self) -> None:
        """Open the batch's transaction, unless it is open. The lock may be another process's: ask, never block."""
        loop = asyncio.get_running_loop()
        patient_until = loop.time() + self._lock_wait_s
        while not self._connection.in_transaction:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                if not is_busy(error) or loop.time() >= patient_until:
                    # Those behind have waited as long; one by one they would wait for hours.
                    self._turn_away(translated(error))
                    raise translated(error) from error
                await asyncio.sleep(_ASK_FOR_LOCK_EVERY_S)

    async def _carry_out(self, story: Callable[[UnitOfWork], Awaitable[T]]) -> tuple[T, asyncio.Future[None]]:
        unit = SQLiteUnit(self._connection)
        try:
            unit.begin()
            result = await story(unit)
            unit.keep()
        except BaseException:
            self._undo(unit)
            raise
        committed = asyncio.get_running_loop().create_future()
        self._batch.append(_Kept(unit, committed))
        return result, committed

    def _undo(self, unit: SQLiteUnit) -> None:
        """Take the unit back alone; where SQLite has dropped the whole transaction (disk full), the batch goes too."""
        try:
            unit.undo()
        except sqlite3.Error as error:
            self._lose_batch(error)

    # ── The COMMIT ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _start_commit(self) -> None:
        self._is_commit_due = False
        if self._is_held:
            return  # a story that waits for something holds the lane; it moves on when it ends
        if not self._batch:
            self._connection.rollback()
            return
        self._on_commit("before")
        loop = asyncio.get_running_loop()
        self._commit = loop.create_task(self._thread.commit(), context=self._context)
        self._commit.add_done_callback(self._settle)

    def _settle(self, commit: asyncio.Task[None]) -> None:
        self._commit = None
        if commit.cancelled():  # the event loop is being shut down, while the thread goes on
            self._answer(Unavailable("The server is stopping; whether the change was kept is not known."))
            self._shut()
        elif error := commit.exception():
            self._lose_batch(error)
        else:
            self._on_commit("after")
            self._answer(None)
        self._move_on()

    def _lose_batch(self, error: BaseException) -> None:
        """Roll everything back that is not committed; its callers may repeat it."""
        if self._connection.in_transaction:
            self._connection.rollback()
        busy = StorageBusy("The database could not keep the change.")
        busy.__cause__ = error
        self._answer(busy)

    def _answer(self, error: Exception | None) -> None:
        batch, self._batch = self._batch, []
        for unit, committed in batch:
            if error is None:
                for topic, key in unit.announcements:
                    self._listeners.tell(topic, key)
            if committed.done():
                continue  # its caller was cancelled while it waited
            if error is None:
                committed.set_result(None)
            else:
                committed.set_exception(error)


async def _nothing(_unit: UnitOfWork) -> None:
    """Be the last in line."""
