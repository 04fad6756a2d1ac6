"""Fresh PostgreSQL databases for tests: copied from a migrated one, and used again once emptied.

Copying a database takes fifty milliseconds and dropping it half as long; emptying a small one takes five. One that a
test changed in its structure is dropped. Each test sees a name of its own: a process that outlives its test is lost.

A connection costs the server some milliseconds too, so there is one for all tests, on a loop of its own, in a thread;
each test has its own loop, and a connection stays with the loop on which it was made.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any, TypeVar

import asyncpg

from tests.support.postgresql import PostgreSQLServer
from token_server.database.opening import open_database
from token_server.database.schema import migrate

T = TypeVar("T")

_STATE = """
    SELECT (SELECT md5(string_agg(format('%s.%s %s', relname, attname, atttypid), ',' ORDER BY relname, attname))
              FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace),
           (SELECT COUNT(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
           (SELECT string_agg(format('%s %s', number, checksum), ',' ORDER BY number) FROM schema_migrations)"""
# A replica checks no foreign keys, so the order of deletions does not matter. Revisions are rows that migrations made.
_EMPTY = """
    DO $$ DECLARE name TEXT; BEGIN
        SET session_replication_role = replica;
        FOR name IN SELECT tablename FROM pg_tables
                     WHERE schemaname = 'public' AND tablename NOT IN ('schema_migrations', 'revisions')
        LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
        UPDATE revisions SET revision = 1;
    END $$"""
_SESSIONS = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = $1"
_END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
_ENDED_WITHIN_S = 2.0


class FreshDatabases:
    """Lends databases of one server to tests."""

    def __init__(self, server: PostgreSQLServer) -> None:
        self._server = server
        self._template = f"template_{secrets.token_hex(4)}"
        self._migrated_state: object = None
        self._emptied: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="databases for tests")
        self._administrator: asyncpg.Connection[Any] | None = None

    def open(self) -> None:
        """Make the migrated database that others are copied from."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._prepare(), self._loop).result()

    def close(self) -> None:
        """Let go of the server."""
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @asynccontextmanager
    async def migrated(self) -> AsyncIterator[str]:
        """The URL of an empty database with our schema."""
        name = await self._there(self._lend())
        try:
            yield self._server.url(name)
        finally:
            await self._there(self._take_back(name))

    @asynccontextmanager
    async def bare(self) -> AsyncIterator[str]:
        """The URL of a database without any schema."""
        name = _new_name()
        await self._there(self._run(f"CREATE DATABASE {name}"))
        try:
            yield self._server.url(name)
        finally:
            await self._there(self._run(f"DROP DATABASE {name} WITH (FORCE)"))

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        """Have it done where the connection is."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _prepare(self) -> None:
        self._administrator = await asyncpg.connect(self._server.url("postgres"))
        await self._run(f"CREATE DATABASE {self._template}")
        database = await open_database(self._server.url(self._template))
        await migrate(database)
        await database.close()
        connection = await asyncpg.connect(self._server.url(self._template))
        self._migrated_state = await _state(connection)
        await connection.close()

    async def _leave(self) -> None:
        if self._administrator is not None:
            await self._administrator.close()

    async def _lend(self) -> str:
        name = _new_name()
        if self._emptied:
            await self._run(f"ALTER DATABASE {self._emptied.pop()} RENAME TO {name}")
        else:
            await self._run(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return name

    async def _take_back(self, name: str) -> None:
        if await self._empty(name):
            self._emptied.append(name)
        else:
            await self._run(f"DROP DATABASE {name} WITH (FORCE)")

    async def _empty(self, name: str) -> bool:
        """Whether the database could be made as good as new."""
        if not await self._end_sessions(name):
            return False
        connection = await asyncpg.connect(self._server.url(name))
        try:
            if await _state(connection) != self._migrated_state:
                return False
            await connection.execute(_EMPTY)
        finally:
            await connection.close()
        return await self._end_sessions(name)

    async def _end_sessions(self, name: str) -> bool:
        assert self._administrator is not None
        try:
            async with asyncio.timeout(_ENDED_WITHIN_S):
                while await self._administrator.fetchval(_SESSIONS, name):
                    await self._administrator.execute(_END_SESSIONS, name)
                    await asyncio.sleep(0.001)
        except TimeoutError:
            return False
        return True

    async def _run(self, statement: str) -> None:
        assert self._administrator is not None
        await self._administrator.execute(statement)


async def _state(connection: asyncpg.Connection[Any]) -> object:
    try:
        return await connection.fetchrow(_STATE)
    except asyncpg.UndefinedTableError:
        return None


def _new_name() -> str:
    return f"test_{secrets.token_hex(6)}"
