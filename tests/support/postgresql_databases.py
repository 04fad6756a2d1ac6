"""Fresh PostgreSQL databases for tests: copied from a migrated one, and used again once emptied.

Copying a database takes fifty milliseconds and dropping it half as long; emptying a small one takes five. One that a
test changed in its structure is dropped. Each test sees a name of its own: a process that outlives its test is lost.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from tests.support.postgresql import PostgreSQLServer
from token_server.database.opening import open_database
from token_server.database.schema import migrate

_STRUCTURE = """
    SELECT md5(string_agg(format('%s.%s %s', relname, attname, atttypid), ',' ORDER BY relname, attname))
      FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace"""
_FUNCTIONS = "SELECT COUNT(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
_APPLIED = "SELECT string_agg(format('%s %s', number, checksum), ',' ORDER BY number) FROM schema_migrations"
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

    async def prepare(self) -> None:
        """Make the migrated database that others are copied from."""
        await self._run(f"CREATE DATABASE {self._template}")
        database = await open_database(self._server.url(self._template))
        await migrate(database)
        await database.close()
        self._migrated_state = await self._state(self._template)

    @asynccontextmanager
    async def migrated(self) -> AsyncIterator[str]:
        """The URL of an empty database with our schema."""
        name = _new_name()
        if self._emptied:
            await self._run(f"ALTER DATABASE {self._emptied.pop()} RENAME TO {name}")
        else:
            await self._run(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        try:
            yield self._server.url(name)
        finally:
            if await self._empty(name):
                self._emptied.append(name)
            else:
                await self._run(f"DROP DATABASE {name} WITH (FORCE)")

    @asynccontextmanager
    async def bare(self) -> AsyncIterator[str]:
        """The URL of a database without any schema."""
        name = _new_name()
        await self._run(f"CREATE DATABASE {name}")
        try:
            yield self._server.url(name)
        finally:
            await self._run(f"DROP DATABASE {name} WITH (FORCE)")

    async def _empty(self, name: str) -> bool:
        """Whether the database could be made as good as new."""
        if not await self._end_sessions(name) or await self._state(name) != self._migrated_state:
            return False
        async with self._connection(name) as connection:
            await connection.execute(_EMPTY)
        return await self._end_sessions(name)

    async def _end_sessions(self, name: str) -> bool:
        async with self._connection("postgres") as connection:
            try:
                async with asyncio.timeout(_ENDED_WITHIN_S):
                    while await connection.fetchval(_SESSIONS, name):
                        await connection.execute(_END_SESSIONS, name)
                        await asyncio.sleep(0.001)
            except TimeoutError:
                return False
        return True

    async def _state(self, name: str) -> object:
        async with self._connection(name) as connection:
            if await connection.fetchval("SELECT to_regclass('schema_migrations') IS NULL"):
                return None
            return [await connection.fetchval(question) for question in (_STRUCTURE, _FUNCTIONS, _APPLIED)]

    async def _run(self, statement: str) -> None:
        async with self._connection("postgres") as connection:
            await connection.execute(statement)

    @asynccontextmanager
    async def _connection(self, name: str) -> AsyncIterator[asyncpg.Connection[Any]]:
        connection = await asyncpg.connect(self._server.url(name))
        try:
            yield connection
        finally:
            await connection.close()


def _new_name() -> str:
    return f"test_{secrets.token_hex(6)}"
