"""Moves on PostgreSQL: the change, its company and its announcement in one statement; many moves in one commit.

Moves with a key that wait together are carried out one after the other in one transaction. Each has its own guard and
sees what those before it did; all are answered after the COMMIT that holds them, and if it fails each goes alone.
Locks are held for strangers meanwhile, for milliseconds. They are taken in the order of the keys, in every process, so
that two such transactions wait for each other at most one way round.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from token_server.database.engine import Move, Row, Value
from token_server.database.postgresql_errors import FAILURES, is_undecided, translated
from token_server.database.postgresql_gathering import Gathering
from token_server.database.postgresql_pool import Connection, ConnectionPool
from token_server.database.postgresql_unit import CHANNEL, UNKNOWN, notification
from token_server.database.sql import numbered
from token_server.domain.errors import StorageBusy, Unavailable

T = TypeVar("T")

_COMMITS_AT_ONCE = 2


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
        if move.key is None:
            return await self._alone(move)
        return await self._gathering.carry_out(_text_of(move), move)

    async def _alone(self, move: Move) -> list[Row]:
        text, values = _text_of(move), _values(move)
        records = await self._committed(lambda connection: connection.fetch(text, *values))
        return [dict(record) for record in records]

    async def _together(self, moves: Sequence[Move]) -> list[list[Row]]:
        order = sorted(range(len(moves)), key=lambda place: moves[place].key or "")
        text = _text_of(moves[0], is_one_of_many=True)
        values = [(*_values(moves[place]), place) for place in order]
        answers: list[list[Row]] = [[] for _ in moves]
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


def _text_of(move: Move, *, is_one_of_many: bool = False) -> str:
    then = tuple([each.sql for each in move.then])
    return _as_one_statement(move.change.sql, then, move.announcement is not None, is_one_of_many)


def _values(move: Move) -> list[Value]:
    values: list[Value] = []
    for statement in (move.change, *move.then):
        _, names = numbered(statement.sql, len(values))
        values += [statement.params[name] for name in names]
    if move.announcement is not None:
        values.append(notification(*move.announcement))
    return values


@lru_cache(maxsize=256)
def _as_one_statement(change: str, then: tuple[str, ...], announces: bool, is_one_of_many: bool) -> str:  # noqa: FBT001 - lru_cache is quicker without names
    text, names = numbered(change)
    parts = [f"moved AS ({text})"]
    taken = len(names)
    for place, sql in enumerate(then):
        text, names = numbered(sql, taken)
        parts.append(f"then_{place} AS ({text} FROM moved)")
        taken += len(names)
    told = ""
    if announces:
        taken += 1
        told = f", pg_notify('{CHANNEL}', ${taken})"
    if is_one_of_many:
        told += f", CAST(${taken + 1} AS BIGINT) AS moved_by"
    # Put together from the stores' own statements; values travel as numbered parameters only.
    return f"WITH {', '.join(parts)} SELECT moved.*{told} FROM moved"  # noqa: S608
