"""One unit of work on SQLite's writer connection: a savepoint inside the batch's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from token_server.database.engine import Row, Value
from token_server.database.sqlite_errors import translated


def rows_of(cursor: sqlite3.Cursor, found: Sequence[tuple[Any, ...]]) -> list[Row]:
    """The cursor's rows by column name."""
    if not found:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in found]


class SQLiteUnit:
    """What a story writes through. Its statements run on the event loop and never wait: the batch holds the write lock.

    A statement takes microseconds, a hop to a thread and back several times that, and the lane stands still meanwhile.
    """

    __slots__ = ("_connection", "_failure", "_is_over", "announcements")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._failure: Exception | None = None
        self._is_over = False
        self.announcements: list[tuple[str, str]] = []

    async def all(self, sql: str, **params: Value) -> list[Row]:
        """Every row of the answer, by column name."""
        return self._rows(sql, params)

    async def first(self, sql: str, **params: Value) -> Row | None:
        """The first row of the answer, or None when there is none."""
        rows = self._rows(sql, params)
        return rows[0] if rows else None

    async def run(self, sql: str, **params: Value) -> int:
        """Carry out a statement and return how many rows it changed."""
        self._check_usable()
        try:
            cursor = self._connection.execute(sql, params)
            if cursor.description is not None:
                cursor.fetchall()
        except sqlite3.Error as error:
            raise self._failed(error) from error
        return max(cursor.rowcount, 0)

    async def run_each(self, sql: str, params: Sequence[Mapping[str, Value]]) -> None:
        """Carry out a statement once for each set of values."""
        self._check_usable()
        try:
            self._connection.executemany(sql, params)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def later(self, sql: str, **params: Value) -> None:
        """Carry out a statement whose outcome nobody asks for: here, at once."""
        self._check_usable()
        try:
            self._connection.execute(sql, params)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def announce(self, topic: str, key: str) -> None:
        """Have listeners hear `key` after the commit, and only after it."""
        self.announcements.append((topic, key))

    def begin(self) -> None:
        """Mark where to come back to."""
        self._connection.execute("SAVEPOINT unit")

    def keep(self) -> None:
        """End the unit, leaving its changes to the batch. Errors: a failed statement that the story kept to itself."""
        self._is_over = True
        if self._failure is not None:
            raise self._failure
        self._connection.execute("RELEASE unit")

    def undo(self) -> None:
        """End the unit as if it had never been."""
        self._is_over = True
        self._connection.execute("ROLLBACK TO unit")
        self._connection.execute("RELEASE unit")

    def _rows(self, sql: str, params: dict[str, Value]) -> list[Row]:
        self._check_usable()
        try:
            cursor = self._connection.execute(sql, params)
            return rows_of(cursor, cursor.fetchall())
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _check_usable(self) -> None:
        if self._is_over:
            raise RuntimeError("this unit of work is over; nothing may be done in it any more")
        if self._failure is not None:
            raise self._failure

    def _failed(self, error: sqlite3.Error) -> Exception:
        self._failure = translated(error)
        return self._failure
