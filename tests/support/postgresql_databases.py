"""Fresh PostgreSQL databases for tests: copied from a migrated one, and used again once emptied.

Copying a database takes thirty milliseconds and dropping it half as long; emptying a small one takes three, by a
connection that stays with it: a new one would cost twenty. One that a test changed in its structure is dropped. Each
test comes as a user of its own, who is gone afterwards: a process that outlives its test is lost.

These connections live on a loop of their own, in a thread; each test has its own loop, and a connection stays with the
loop on which it was made.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any, TypeAlias, TypeVar

import asyncpg

from tests.support.postgresql import PostgreSQLServer
from token_server.database.opening import open_database
from token_server.database.schema import migrate

T = TypeVar("T")

_STATE = """
    SELECT (SELECT (COUNT(*), SUM(hashtextextended(relname || attname, atttypid::int)))
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
_SESSIONS = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = $1 AND pid <> $2"
_END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> $2"
_ENDED_WITHIN_S = 2.0
_COPIES_FILES_SINCE = 15  # by default that version writes every page of a copy to its log as well

Connection: TypeAlias = "asyncpg.Connection[Any]"


@dataclass(frozen=True)
class _Kept:
    """A migrated database, and the connection that empties it."""

    name: str
    cleaner: Connection


class FreshDatabases:
    """Lends databases of one server to tests."""

    def __init__(self, server: PostgreSQLServer) -> None:
        self._server = server
        self._template = f"template_{secrets.token_hex(4)}"
        self._migrated_state: object = None
        self._emptied: list[_Kept] = []
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="databases for tests")
        self._connection: Connection | None = None

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
        kept, user = await self._there(self._lend())
        try:
            yield self._server.url(kept.name, user)
        finally:
            await self._there(self._take_back(kept, user))

    @asynccontextmanager
    async def bare(self) -> AsyncIterator[str]:
        """The URL of a database without any schema."""
        name = _new_name()
        await self._there(self._create(name, "template1"))
        try:
            yield self._server.url(name)
        finally:
            await self._there(self._run(f"DROP DATABASE {name} WITH (FORCE)"))

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        """Have it done where the connections are."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _prepare(self) -> None:
        self._connection = await asyncpg.connect(self._server.url("postgres"))
        await self._create(self._template, "template1")
        database = await open_database(self._server.url(self._template))
        await migrate(database)
        await database.close()
        connection = await asyncpg.connect(self._server.url(self._template))
        self._migrated_state = await _state(connection)
        await connection.close()

    async def _leave(self) -> None:
        for kept in self._emptied:
            await kept.cleaner.close()
        await self._administrator.close()

    async def _lend(self) -> tuple[_Kept, str]:
        kept, user = self._emptied.pop() if self._emptied else await self._copy(), _new_name()
        await self._run(f"CREATE ROLE {user} SUPERUSER LOGIN")
        return kept, user

    async def _copy(self) -> _Kept:
        name = _new_name()
        await self._create(name, self._template)
        return _Kept(name, await asyncpg.connect(self._server.url(name)))

    async def _take_back(self, kept: _Kept, user: str) -> None:
        await self._run(f"ALTER ROLE {user} NOLOGIN")
        if await self._empty(kept):
            self._emptied.append(kept)
        else:
            kept.cleaner.terminate()
            await self._run(f"DROP DATABASE {kept.name} WITH (FORCE)")
        await self._run(f"DROP ROLE {user}")

    async def _empty(self, kept: _Kept) -> bool:
        """Whether the database could be made as good as new."""
        if kept.cleaner.is_closed() or not await self._end_sessions(kept):
            return False
        if await _state(kept.cleaner) != self._migrated_state:
            return False
        await kept.cleaner.execute(_EMPTY)
        return True

    async def _end_sessions(self, kept: _Kept) -> bool:
        others = kept.name, kept.cleaner.get_server_pid()
        try:
            async with asyncio.timeout(_ENDED_WITHIN_S):
                while await self._administrator.fetchval(_SESSIONS, *others):
                    await self._administrator.execute(_END_SESSIONS, *others)
                    await asyncio.sleep(0.001)
        except TimeoutError:
            return False
        return True

    async def _create(self, name: str, template: str) -> None:
        version: int = self._administrator.get_server_version().major
        strategy = " STRATEGY file_copy" if version >= _COPIES_FILES_SINCE else ""
        await self._run(f"CREATE DATABASE {name} TEMPLATE {template}{strategy}")

    async def _run(self, statement: str) -> None:
        await self._administrator.execute(statement)

    @property
    def _administrator(self) -> Connection:
        assert self._connection is not None
        return self._connection


async def _state(connection: Connection) -> object:
    try:
        return await connection.fetchrow(_STATE)
    except asyncpg.UndefinedTableError:
        return None


def _new_name() -> str:
    return f"test_{secrets.token_hex(6)}"
