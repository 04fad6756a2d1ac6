"""Fixtures: a fresh, migrated database for every test, on both engines.

`database` is one open database, `database_url` names it for a process or a second handle, `open_more` opens those.
`empty_database_url` names one without a schema. A test that uses any of them runs once for each engine.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.support.postgresql import PostgreSQLServer, find_programs
from tests.support.postgresql_databases import FreshDatabases
from token_server.database.engine import Database
from token_server.database.opening import open_database
from token_server.database.schema import migrate

OpenMore: TypeAlias = Callable[..., Awaitable[Database]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine_name(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`."""
    name: str = request.param
    return name


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database, open."""
    opened = await open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def open_more() -> AsyncIterator[OpenMore]:
    """Opens databases by URL, with the options of `open_database`, and closes them at the end."""
    async with AsyncExitStack() as closing:

        async def open_one(url: str, **options: Any) -> Database:
            opened = await open_database(url, **options)
            closing.push_async_callback(opened.close)
            return opened

        yield open_one


@pytest.fixture
async def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a fresh, migrated database."""
    if engine_name == "sqlite":
        file = tmp_path / "token-server.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite_file"), file)
        yield f"sqlite:///{file}"
    else:
        fresh: FreshDatabases = request.getfixturevalue("postgresql_databases")
        async with fresh.migrated() as url:
            yield url


@pytest.fixture
async def empty_database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database without any schema; on SQLite not even the file exists."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        fresh: FreshDatabases = request.getfixturevalue("postgresql_databases")
        async with fresh.bare() as url:
            yield url


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQLServer]:
    """This test process's own server; every xdist worker has one (it is up within a second)."""
    programs = find_programs()
    if programs is None:
        missing = (
            "HALF OF THE STORAGE TESTS DO NOT RUN: PostgreSQL's server programs (initdb, postgres) are not installed"
        )
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    server = PostgreSQLServer(programs)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgresql_databases(postgresql_server: PostgreSQLServer) -> Iterator[FreshDatabases]:
    """The server's databases, one for each test."""
    databases = FreshDatabases(postgresql_server)
    databases.open()
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("migrated") / "token-server.sqlite3"
    _run(_migrate(f"sqlite:///{file}"))
    return file


async def _migrate(url: str) -> None:
    database = await open_database(url)
    await migrate(database)
    await database.close()


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Finish the work on a loop of its own, beside whatever loop the tests have."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()
