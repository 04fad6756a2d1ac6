"""PostgreSQL beside the process: every unit of work a transaction on a connection of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from token_server.database.announcements import Listeners
from token_server.database.engine import Move, Reader, Row, UnitOfWork, Value
from token_server.database.patience import Patience
from token_server.database.postgresql_errors import FAILURES, translated
from token_server.database.postgresql_listener import Listener
from token_server.database.postgresql_moves import Moves
from token_server.database.postgresql_pool import Connection, ConnectionPool
from token_server.database.postgresql_questions import Lent, Questions
from token_server.database.postgresql_unit import PostgreSQLUnit, all_rows

T = TypeVar("T")

_STATEMENTS_KEPT_PREPARED = 512
_CONNECT_WITHIN_S = 5.0


class PostgreSQLReader:
    """Reads what is committed, each statement by itself."""

    def __init__(self, pool: ConnectionPool, patience: Patience) -> None:
        self._pool = pool
        self._questions = Questions(pool)
        self._patience = patience

    async def all(self, sql: str, **params: Value) -> list[Row]:
        """Every row of the answer, by column name."""
        return await self._patience.repeat(self._all, sql, params)

    async def first(self, sql: str, **params: Value) -> Row | None:
        """The first row of the answer, or None when there is none."""
        return await self._patience.repeat(self._questions.first, sql, params)

    async def _all(self, sql: str, params: dict[str, Value]) -> list[Row]:
        async with Lent(self._pool) as connection:
            return await all_rows(connection, sql, params)


class PostgreSQLDatabase:
    """One PostgreSQL database, open."""

    engine = "postgresql"

    def __init__(
        self,
        pool: ConnectionPool,
        listener: Listener,
        listeners: Listeners,
        *,
        on_commit: Callable[[str], None],
        patience: Patience,
    ) -> None:
        self._pool = pool
        self._listener = listener
        self._listeners = listeners
        self._on_commit = on_commit
        self._patience = patience
        self._reader = PostgreSQLReader(pool, patience)
        self._moves = Moves(pool, on_commit)

    @property
    def read(self) -> Reader:
        """Reads what is committed, outside any unit of work."""
        return self._reader

    async def write(self, story: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run the story in one unit of work, commit it durably, then return what the story returned."""
        return await self._patience.repeat_story(self._run, story)

    async def move(self, move: Move) -> list[Row]:
        """Carry out the move as a unit of work and return the rows it changed."""
        return await self._patience.repeat_story(self._moves.carry_out, move)

    def listen(self, topic: str, hear: Callable[[str], None]) -> Callable[[], None]:
        """Call `hear(key)` for what any process announces from now on; returns "stop listening"."""
        return self._listeners.add(topic, hear)

    async def close(self) -> None:
        """Finish what was begun and let go of every connection."""
        await self._listener.close()
        await self._pool.close()

    async def _run(self, story: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        connection = await self._pool.take()
        unit = PostgreSQLUnit(connection)
        try:
            result = await story(unit)
            await unit.finish()
            self._on_commit("before")
            await unit.commit()
        except BaseException:
            unit.abandon()
            await self._pool.give_unclean(connection)
            raise
        self._on_commit("after")
        self._pool.give(connection)
        return result


async def open_postgresql(
    url: str,
    *,
    on_commit: Callable[[str], None],
    patience: Patience,
    connections: int,
    lock_wait_s: float,
    statement_timeout_s: float,
) -> PostgreSQLDatabase:
    """The database of that URL, reached. Errors: StorageBusy when it does not answer; asyncpg's, when it refuses us."""

    async def connect() -> Connection:
        return await asyncpg.connect(
            url,
            timeout=_CONNECT_WITHIN_S,
            # The server's own limit comes first; this one is for a network that swallows packets.
            command_timeout=statement_timeout_s + _CONNECT_WITHIN_S,
            statement_cache_size=_STATEMENTS_KEPT_PREPARED,
            max_cached_statement_lifetime=0,
            server_settings=_settings(lock_wait_s, statement_timeout_s),
        )

    async def start() -> None:
        try:
            await listener.start()
        except FAILURES as error:
            raise translated(error, is_closed=True) from error

    listeners = Listeners()
    listener = Listener(connect, listeners)
    await patience.repeat(start)
    pool = ConnectionPool(connect, size=connections, wait_s=lock_wait_s)
    return PostgreSQLDatabase(pool, listener, listeners, on_commit=on_commit, patience=patience)


def _settings(lock_wait_s: float, statement_timeout_s: float) -> dict[str, str]:
    return {
        "application_name": "token-server",
        # Correctness sits in the guards of the statements, so the cheapest level will do.
        "default_transaction_isolation": "read committed",
        "synchronous_commit": "on",  # an answered commit survives a power cut, whatever the server's default is
        "lock_timeout": f"{lock_wait_s * 1000:.0f}",
        "statement_timeout": f"{statement_timeout_s * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{statement_timeout_s * 1000:.0f}",
        "jit": "off",  # our statements are short; compiling them costs more than it saves
    }
