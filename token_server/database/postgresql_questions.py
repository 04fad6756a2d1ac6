"""Look-ups of one row on PostgreSQL; those that wait together are asked together.

Nothing is held for anybody: reads take no locks, and each sees what was committed when it was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from token_server.database.engine import Row, Value
from token_server.database.postgresql_errors import FAILURES, translated
from token_server.database.postgresql_gathering import Gathering
from token_server.database.postgresql_pool import Connection, ConnectionPool
from token_server.database.postgresql_unit import first_row
from token_server.database.sql import numbered

_ROUND_TRIPS_AT_ONCE = 2
_ASKED_BY = ", CAST($1 AS BIGINT) AS asked_by"


class _Question(NamedTuple):
    sql: str
    params: dict[str, Value]


class Questions:
    """Asks for single rows, outside any unit of work."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._gathering = Gathering(self._alone, self._together, at_once=_ROUND_TRIPS_AT_ONCE)

    async def first(self, sql: str, params: dict[str, Value]) -> Row | None:
        """The first row of the answer, or None when there is none. Errors: StorageBusy, Unavailable."""
        return await self._gathering.carry_out(sql, _Question(sql, params))

    async def _alone(self, question: _Question) -> Row | None:
        async with Lent(self._pool) as connection:
            return await first_row(connection, question.sql, question.params)

    async def _together(self, questions: Sequence[_Question]) -> list[Row | None]:
        text, names = _for_many(questions[0].sql)
        values = [(number, *[each.params[name] for name in names]) for number, each in enumerate(questions)]
        answers: list[Row | None] = [None] * len(questions)
        async with Lent(self._pool) as connection:
            for record in await connection.fetchmany(text, values):
                row = dict(record)
                number = row.pop("asked_by")
                if answers[number] is None:
                    answers[number] = row
        return answers


class Lent:
    """A connection for one statement that changes nothing."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Connection:
        self._connection = await self._pool.take()
        return self._connection

    async def __aexit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if error is None:
            self._pool.give(self._connection)
            return
        is_closed = self._connection.is_closed()
        await self._pool.give_unclean(self._connection)
        if isinstance(error, FAILURES):
            raise translated(error, is_closed=is_closed) from error


@lru_cache(maxsize=256)
def _for_many(sql: str) -> tuple[str, tuple[str, ...]]:
    text, names = numbered(sql, 1)
    # The stores' own text; values travel as numbered parameters only.
    return f"WITH answer AS ({text}) SELECT answer.*{_ASKED_BY} FROM answer", names  # noqa: S608
