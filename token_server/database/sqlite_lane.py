"""SQLite's one writer lane: many waiting units of work, one COMMIT.

An fsync costs as much as dozens of statements, so units share it. Whoever comes while the lane is free runs its story
at once, in its own task; whoever comes during a COMMIT waits, and all who waited run one after the other in one turn of
the event loop before the next COMMIT starts in the connection's thread. Callers are answered only after the COMMIT that
holds their unit. A move needs nobody's task: the lane carries it out itself when its turn comes, so its caller sleeps
until it is committed.

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
from typing import TypeVar

import aiosqlite

from token_server.database.announcements import Listeners
from token_server.database.engine import Move, Row, UnitOfWork
from token_server.database.sqlite_errors import is_busy, translated
from token_server.database.sqlite_line import Kept, Order, Place
from token_server.database.sqlite_unit import SQLiteUnit, rows_of
from token_server.domain.errors import StorageBusy, Unavailable

T = TypeVar("T")

_ASK_FOR_LOCK_EVERY_S = 0.002
_CLOSED = "The database is closed."


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
        self._line: deque[Place | Order] = deque()
        self._batch: list[Kept] = []
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

    async def move(self, move: Move) -> list[Row] | None:
        """Return the rows that the move changed, committed; None when nothing was done, as somebody else has the lock.

        Errors: what its statements raise; StorageBusy; Unavailable.
        """
        if self._is_closed:
            raise Unavailable(_CLOSED)
        order = Order(move, asyncio.get_running_loop().create_future())
        self._line.append(order)
        self._move_on()
        return await order.called

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
        place = Place()
        self._line.append(place)
        try:
            await self._reach_the_front(place)
        except BaseException:
            self._line.remove(place)
            self._move_on()  # the call to a caller that was cancelled goes to the next one
            raise
        self._line.popleft()

    async def _reach_the_front(self, place: Place) -> None:
        while True:
            place.called = asyncio.get_running_loop().create_future()
            await place.called
            if self._line[0] is place and self._is_free():
                return

    def _move_on(self) -> None:
        """Carry out the moves that are next, call the stories behind them, and have the batch committed after them."""
        if self._is_held or self._commit is not None:
            return
        while self._line and isinstance(order := self._line[0], Order) and self._is_free():
            self._line.popleft()
            self._carry_out_move(order)
        if self._line and not self._line[0].called.done():
            for place in islice(self._line, self._most_units - len(self._batch)):
                if isinstance(place, Order):
                    break
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
        self._batch.append(Kept(unit.announcements, committed))
        return result, committed

    def _carry_out_move(self, order: Order) -> None:
        """Carry out a move without a SAVEPOINT, which costs as much as two statements.

        A change that fails is taken back by SQLite itself. What goes with it fails only with the disk, or with our own
        SQL: then everybody's units are rolled back, and repeated by those who wait for them.
        """
        change, then, announcement = order.move.change, order.move.then, order.move.announcement
        if order.called.done():
            return  # its caller was cancelled, or turned away
        is_changed = False
        try:
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")
            cursor = self._connection.execute(change.sql, change.params)
            rows = rows_of(cursor, cursor.fetchall())
            is_changed = bool(rows)
            for statement in then if rows else ():
                self._connection.execute(statement.sql, statement.params)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the caller's, and the lane goes on
            self._refuse_move(order, error, is_changed=is_changed)
            return
        announcements = (announcement,) if rows and announcement is not None else ()
        self._batch.append(Kept(announcements, order.called, rows))

    def _refuse_move(self, order: Order, error: Exception, *, is_changed: bool) -> None:
        if is_changed or not self._connection.in_transaction:
            self._lose_batch(error)
        if not isinstance(error, sqlite3.Error):
            order.called.set_exception(error)
        elif is_busy(error) and not is_changed:
            order.called.set_result(None)  # another process has the lock: only a story can wait for it
        else:
            order.called.set_exception(translated(error))

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
        for announcements, committed, result in batch:
            if error is None:
                for topic, key in announcements:
                    self._listeners.tell(topic, key)
            if committed.done():
                continue  # its caller was cancelled while it waited
            if error is None:
                committed.set_result(result)
            else:
                committed.set_exception(error)


async def _nothing(_unit: UnitOfWork) -> None:
    """Be the last in line."""
