"""Committed reads on SQLite: short ones at once on the event loop, long ones in a reader thread."""

from __future__ import annotations

import sqlite3
from itertools import cycle

import aiosqlite

from token_server.database.engine import Row, Value
from token_server.database.sqlite_errors import is_busy, translated, was_interrupted
from token_server.database.sqlite_unit import rows_of

# A look-up by key takes a few dozen steps of SQLite's machine; 50,000 steps take about a millisecond.
_STEPS = 10_000
_MOST_ASKS = 5


class _Allowance:
    """Stops a statement on the event loop that turns out long. SQLite asks it every `_STEPS` steps."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        return self.asked > _MOST_ASKS


class SQLiteReader:
    """Reads through connections that cannot write; each statement sees the newest commit."""

    def __init__(self, at_once: sqlite3.Connection, threads: list[aiosqlite.Connection]) -> None:
        """Try `at_once` first; `threads` take over what is long, or met a lock."""
        self._at_once = at_once
        self._threads = cycle(threads)
        self._allowance = _Allowance()
        at_once.set_progress_handler(self._allowance, _STEPS)

    async def all(self, sql: str, **params: Value) -> list[Row]:
        """Every row of the answer, by column name."""
        self._allowance.asked = 0
        try:
            cursor = self._at_once.execute(sql, params)
            return rows_of(cursor, cursor.fetchall())
        except sqlite3.Error as error:
            if not is_busy(error) and not was_interrupted(error):
                raise translated(error) from error
        return await self._in_thread(sql, params)

    async def first(self, sql: str, **params: Value) -> Row | None:
        """The first row of the answer, or None when there is none."""
        rows = await self.all(sql, **params)
        return rows[0] if rows else None

    async def _in_thread(self, sql: str, params: dict[str, Value]) -> list[Row]:
        try:
            async with next(self._threads).execute(sql, params) as cursor:
                found = await cursor.fetchall()
                names = [column[0] for column in cursor.description]
        except sqlite3.Error as error:
            raise translated(error) from error
        return [dict(zip(names, row, strict=True)) for row in found]
