"""Look-ups that wait for PostgreSQL together are asked together: the same statement with many values, one round trip.

A round trip costs this process several times what a look-up costs PostgreSQL, and busy servers ask the same few
questions all the time. Whoever asks while few are asking goes alone and at once; the others gather by statement until
a round trip ends. Nothing is held for anybody: reads take no locks, and each sees what was committed when it was asked.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import NamedTuple

from token_server.database.engine import Row, Value
from token_server.database.postgresql_errors import FAILURES, translated
from token_server.database.postgresql_pool import Connection, ConnectionPool
from token_server.database.postgresql_unit import first_row
from token_server.database.sql import numbered

_ROUND_TRIPS_AT_ONCE = 2
_MOST_TOGETHER = 64
_ASKED_BY = ", CAST($1 AS BIGINT) AS asked_by"


class _Question(NamedTuple):
    params: dict[str, Value]
    answer: asyncio.Future[Row | None]


class Questions:
    """Asks for single rows, outside any unit of work."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._waiting: dict[str, list[_Question]] = {}
        self._under_way = 0
        self._round_trips: set[asyncio.Task[None]] = set()

    async def first(self, sql: str, params: dict[str, Value]) -> Row | None:
        """The first row of the answer, or None when there is none. Errors: StorageBusy, Unavailable."""
        if self._under_way >= _ROUND_TRIPS_AT_ONCE:
            question = _Question(params, asyncio.get_running_loop().create_future())
            self._waiting.setdefault(sql, []).append(question)
            return await question.answer
        self._under_way += 1
        try:
            return await self._alone(sql, params)
        finally:
            self._next()

    def _next(self) -> None:
        """Send those who have waited longest on their way, with all others who ask the same."""
        self._under_way -= 1
        if self._waiting:
            sql = next(iter(self._waiting))
            questions = self._waiting.pop(sql)
            some, others = questions[:_MOST_TOGETHER], questions[_MOST_TOGETHER:]
            if others:
                self._waiting[sql] = others
            self._under_way += 1
            task = asyncio.get_running_loop().create_task(self._round_trip(sql, some))
            self._round_trips.add(task)
            task.add_done_callback(self._round_trips.discard)

    async def _round_trip(self, sql: str, questions: list[_Question]) -> None:
        asking = [each for each in questions if not each.answer.done()]  # the others' callers were cancelled
        try:
            answers = await self._together(sql, [each.params for each in asking])
        except Exception:  # noqa: BLE001 - one who asks nonsense must not spoil it for others: each asks alone
            await asyncio.gather(*(self._ask_again(sql, each) for each in asking))
        else:
            for question, answer in zip(asking, answers, strict=True):
                if not question.answer.done():
                    question.answer.set_result(answer)
        finally:
            self._next()

    async def _ask_again(self, sql: str, question: _Question) -> None:
        try:
            answer = await self._alone(sql, question.params)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the one's who asked
            if not question.answer.done():
                question.answer.set_exception(error)
        else:
            if not question.answer.done():
                question.answer.set_result(answer)

    async def _alone(self, sql: str, params: dict[str, Value]) -> Row | None:
        async with Lent(self._pool) as connection:
            return await first_row(connection, sql, params)

    async def _together(self, sql: str, asking: list[dict[str, Value]]) -> list[Row | None]:
        text, names = _for_many(sql)
        values = [(number, *[params[name] for name in names]) for number, params in enumerate(asking)]
        answers: list[Row | None] = [None] * len(asking)
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
