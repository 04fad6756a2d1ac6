"""Moves on PostgreSQL: the change, its company and its announcement in one statement."""

from __future__ import annotations

from functools import lru_cache

from token_server.database.engine import Move, Row, Value
from token_server.database.postgresql_errors import FAILURES, is_undecided, translated
from token_server.database.postgresql_pool import Connection
from token_server.database.postgresql_unit import CHANNEL, UNKNOWN, notification
from token_server.database.sql import numbered
from token_server.domain.errors import StorageBusy, Unavailable


async def move_rows(connection: Connection, move: Move) -> list[Row]:
    """Return the rows that the move changed; it is committed then.

    Errors: StorageBusy when nothing was kept; Unavailable when nobody knows; AlreadyExists.
    """
    if connection.is_closed():
        raise StorageBusy("The connection to the database was lost.")  # before anything was sent
    text = _as_one_statement(
        move.change.sql, tuple(each.sql for each in move.then), announces=move.announcement is not None
    )
    try:
        records = await connection.fetch(text, *_values(move))
    except FAILURES as error:
        if is_undecided(error, is_closed=connection.is_closed()):
            raise Unavailable(UNKNOWN) from error
        raise translated(error, is_closed=False) from error
    return [dict(record) for record in records]


def _values(move: Move) -> list[Value]:
    values: list[Value] = []
    for statement in (move.change, *move.then):
        _, names = numbered(statement.sql, len(values))
        values += [statement.params[name] for name in names]
    if move.announcement is not None:
        values.append(notification(*move.announcement))
    return values


@lru_cache(maxsize=256)
def _as_one_statement(change: str, then: tuple[str, ...], *, announces: bool) -> str:
    text, names = numbered(change)
    parts = [f"moved AS ({text})"]
    taken = len(names)
    for place, sql in enumerate(then):
        text, names = numbered(sql, taken)
        parts.append(f"then_{place} AS ({text} FROM moved)")
        taken += len(names)
    told = f", pg_notify('{CHANNEL}', ${taken + 1})" if announces else ""
    # Put together from the stores' own statements; values travel as numbered parameters only.
    return f"WITH {', '.join(parts)} SELECT moved.*{told} FROM moved"  # noqa: S608
