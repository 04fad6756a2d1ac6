"""Moves on PostgreSQL: the change, its company and its announcement in one statement; many moves in one commit.

Moves with a key that wait together are carried out one after the other in one transaction. Each has its own guard and
sees what those before it did; all are answered after the COMMIT that holds them, and if it fails each goes alone.
Locks are held for strangers meanwhile, for milliseconds. They are taken in the order of the keys, in every process, so
that two such transactions wait for each other at most one way round.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

from token_server.database.engine import Move, Row, Value
from token_server.database.postgresql_errors import FAILURES, is_undecided, translated
from token_server.database.postgresql_gathering import Gathering
from token_server.database.postgresql_pool import Connection, ConnectionPool
from token_server.database.postgresql_unit import CHANNEL, UNKNOWN, notification
from token_server.database.sql import numbered
from token_server.domain.errors import StorageBusy, Unavailable

T = TypeVar("T")

_COMMITS_AT_ONCE = 2


class _Plan(NamedTuple):
    """How a move of one kind is said, alone and as one of many, and where `$1`, `$2`, … find their values.

    Shapes: `places` hold the number of a statement, the change's first, and the name of its parameter.
    """

    alone: str
    one_of_many: str
    places: tuple[tuple[int, str], ...]


class _Order(NamedTuple):
    """A move as PostgreSQL is told it: with others of the same plan, or alone."""

    key: str
    plan: _Plan
    values: list[Value]


class Moves:
    """Carries out moves, each committed when its caller hears of it."""

    def __init__(self, pool: ConnectionPool, on_commit: Callable[[str], None]) -> None:
        """Take connections from `pool`; tell `on_commit` before and after each COMMIT."""
        self._pool = pool
        self._on_commit = on_commit
        self._gathering = Gathering(self._alone, self._together, at_once=_COMMITS_AT_ONCE)

    async def carry_out(self, move: Move) -> list[Row]:
        """Return the rows that the move changed.

        Errors: StorageBusy when nothing was kept; Unavailable when nobody knows; AlreadyExists.
        """
        order = _order(move)
        if move.key is None:
            return await self._alone(order)
        return await self._gathering.carry_out(order.plan.alone, order)

    async def _alone(self, order: _Order) -> list[Row]:
        records = await self._committed(lambda connection: connection.fetch(order.plan.alone, *order.values))
        return [dict(record) for record in records]

    async def _together(self, orders: Sequence[_Order]) -> list[list[Row]]:
        turns = sorted(range(len(orders)), key=lambda place: orders[place].key)
        text, values = orders[0].plan.one_of_many, [(*orders[place].values, place) for place in turns]
        answers: list[list[Row]] = [[] for _ in orders]
        for record in await self._committed(lambda connection: connection.fetchmany(text, values)):
            row = dict(record)
            answers[row.pop("moved_by")].append(row)
        return answers

    async def _committed(self, statement: Callable[[Connection], Awaitable[T]]) -> T:
        connection = await self._pool.take()
        try:
            self._on_commit("before")
            result = await _kept(connection, statement)
        except BaseException:
            await self._pool.give_unclean(connection)
            raise
        self._on_commit("after")
        self._pool.give(connection)
        return result


async def _kept(connection: Connection, statement: Callable[[Connection], Awaitable[T]]) -> T:
    if connection.is_closed():
        raise StorageBusy("The connection to the database was lost.")  # before anything was sent
    try:
        return await statement(connection)
    except FAILURES as error:
        if is_undecided(error, is_closed=connection.is_closed()):
            raise Unavailable(UNKNOWN) from error
        raise translated(error, is_closed=False) from error


def _order(move: Move) -> _Order:
    statements = (move.change, *move.then)
    plan = _plan(tuple([each.sql for each in statements]), move.announcement is not None)
    values = [statements[place].params[name] for place, name in plan.places]
    if move.announcement is not None:
        values.append(notification(*move.announcement))
    return _Order(move.key or "", plan, values)


@lru_cache(maxsize=256)
def _plan(statements: tuple[str, ...], announces: bool) -> _Plan:  # noqa: FBT001 - lru_cache is quicker without names
    places: list[tuple[int, str]] = []
    parts = []
    for place, sql in enumerate(statements):
        text, names = numbered(sql, len(places))
        parts.append(f"then_{place} AS ({text} FROM moved)" if place else f"moved AS ({text})")
        places += [(place, name) for name in names]
    told = f", pg_notify('{CHANNEL}', ${len(places) + 1})" if announces else ""
    number = f", CAST(${len(places) + announces + 1} AS BIGINT) AS moved_by"
    # Put together from the stores' own statements; values travel as numbered parameters only.
    told_alone, told_among_many = (
        f"WITH {', '.join(parts)} SELECT moved.*{more} FROM moved"  # noqa: S608
        for more in (told, told + number)
    )
    return _Plan(told_alone, told_among_many, tuple(places))
