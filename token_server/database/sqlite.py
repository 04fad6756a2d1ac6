"""SQLite inside the process: one writer, a few readers, everything durable."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

import aiosqlite

from token_server.database.announcements import Listeners
from token_server.database.engine import Move, Reader, Row, UnitOfWork
from token_server.database.patience import Patience
from token_server.database.sqlite_lane import WriterLane
from token_server.database.sqlite_reader import SQLiteReader
from token_server.domain.errors import StorageBusy

T = TypeVar("T")

_STATEMENTS_KEPT_PREPARED = 512
_FETCHED_AT_ONCE = 256


class SQLiteDatabase:
    """One SQLite file, open."""

    engine = "sqlite"

    def __init__(
        self, reader: SQLiteReader, lane: WriterLane, listeners: Listeners, patience: Patience, threads: AsyncExitStack
    ) -> None:
        self._reader = reader
        self._lane = lane
        self._listeners = listeners
        self._patience = patience
        self._threads = threads

    @property
    def read(self) -> Reader:
        """Reads what is committed, outside any unit of work."""
        return self._reader

    async def write(self, story: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run the story in one unit of work, commit it durably, then return what the story returned."""
        return await self._patience.repeat_story(self._lane.run, story)

    async def move(self, move: Move) -> list[Row]:
        """Carry out the move as a unit of work and return the rows it changed."""
        return await self._patience.repeat_story(self._move, move)

    def listen(self, topic: str, hear: Callable[[str], None]) -> Callable[[], None]:
        """Call `hear(key)` for what is announced in this process from now on; returns "stop listening"."""
        return self._listeners.add(topic, hear)

    async def _move(self, move: Move) -> list[Row]:
        rows = await self._lane.move(move)
        return await self._lane.run(partial(carry_out, move=move)) if rows is None else rows

    async def close(self) -> None:
        """Finish what was begun and let go of every connection."""
        await self._lane.close()
        await self._threads.aclose()


async def open_sqlite(
    path: Path,
    *,
    on_commit: Callable[[str], None],
    patience: Patience,
    reader_threads: int,
    most_units: int,
    lock_wait_s: float,
) -> SQLiteDatabase:
    """The database in that file, which is made if need be, with its folder. Errors: StorageBusy; sqlite3.Error."""
    _make_file(path)
    async with AsyncExitStack() as threads:
        # Whoever runs on the event loop must not wait for locks there; see WriterLane and SQLiteReader.
        writer = _connect(path, lock_wait_s)
        writer_thread = await threads.enter_async_context(_thread_of(writer))
        await patience.repeat(_set_wal, writer_thread)
        writer.execute("PRAGMA busy_timeout = 0")
        at_once = _connect(path, 0, "PRAGMA query_only = ON")
        threads.callback(at_once.close)
        waiting = [
            await threads.enter_async_context(_thread_of(_connect(path, lock_wait_s, "PRAGMA query_only = ON")))
            for _ in range(reader_threads)
        ]
        listeners = Listeners()
        lane = WriterLane(
            writer,
            writer_thread,
            listeners=listeners,
            on_commit=on_commit,
            most_units=most_units,
            lock_wait_s=lock_wait_s,
        )
        reader = SQLiteReader(at_once, waiting)
        return SQLiteDatabase(reader, lane, listeners, patience, threads.pop_all())


def _make_file(path: Path) -> None:
    """Readable by its owner only: it knows who logs in where. SQLite gives its side files the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


def _connect(path: Path, lock_wait_s: float, *pragmas: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        timeout=lock_wait_s,
        isolation_level=None,  # we say BEGIN and COMMIT ourselves
        check_same_thread=False,  # used by the event loop and its own thread, never by both at once
        cached_statements=_STATEMENTS_KEPT_PREPARED,
    )
    # FULL: a commit that was answered survives a power cut (NORMAL may lose it in WAL mode).
    for pragma in ("PRAGMA foreign_keys = ON", "PRAGMA synchronous = FULL", "PRAGMA temp_store = MEMORY", *pragmas):
        connection.execute(pragma)
    return connection


def _thread_of(connection: sqlite3.Connection) -> aiosqlite.Connection:
    return aiosqlite.Connection(lambda: connection, _FETCHED_AT_ONCE)


async def _set_wal(thread: aiosqlite.Connection) -> None:
    """Let readers and the writer not wait for each other. Errors: StorageBusy while another process opens it too."""
    try:
        async with thread.execute("PRAGMA journal_mode = WAL") as cursor:
            row = await cursor.fetchone()
    except sqlite3.OperationalError as error:
        raise StorageBusy("The database file is locked by another process.") from error
    if row is None or row[0] != "wal":
        raise StorageBusy("The database file cannot be switched to write-ahead logging.")


async def carry_out(unit: UnitOfWork, move: Move) -> list[Row]:
    """Return the rows that the move changed, after everything that goes with it."""
    rows = await unit.all(move.change.sql, **move.change.params)
    if rows:
        for statement in move.then:
            unit.later(statement.sql, **statement.params)
        if move.announcement is not None:
            unit.announce(*move.announcement)
    return rows
