"""A URL opens a database, or says why not."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from tests.support.engines import OpenMore
from token_server.database.opening import open_database
from token_server.database.patience import Patience
from token_server.domain.errors import StorageBusy


@pytest.mark.parametrize("url", ["", "mysql://x/y", "sqlite://", "sqlite:///", "sqlite:relative", "postgres//x"])
async def test_a_url_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///path/to/file or postgresql://"):
        await open_database(url)


async def test_a_sqlite_file_is_made_with_its_folder_and_for_its_owner_only(
    tmp_path: Path, open_more: OpenMore
) -> None:
    file = tmp_path / "new" / "folder" / "x.sqlite3"
    database = await open_more(f"sqlite:///{file}")
    await database.write(lambda unit: unit.run("CREATE TABLE a (name TEXT)"))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert modes == {"x.sqlite3": 0o600, "x.sqlite3-wal": 0o600, "x.sqlite3-shm": 0o600}


async def test_three_slashes_name_a_file_from_where_the_server_was_started(tmp_path: Path, open_more: OpenMore) -> None:
    file = tmp_path / "x.sqlite3"
    await open_more(f"sqlite:///{os.path.relpath(file)}")
    assert file.exists()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_sqlite_is_as_durable_and_strict_as_promised(database_url: str, open_more: OpenMore) -> None:
    database = await open_more(database_url)
    for reader in (database.read.first, None):

        async def pragma(name: str, reader: object = reader) -> object:
            sql = f"PRAGMA {name}"
            row = await (database.read.first(sql) if reader else database.write(lambda unit: unit.first(sql)))
            assert row is not None
            return row[name]

        assert await pragma("journal_mode") == "wal"
        assert await pragma("foreign_keys") == 1
        assert await pragma("synchronous") == 2  # FULL
        assert await pragma("query_only") == (1 if reader else 0)


async def test_a_postgresql_that_does_not_answer_is_busy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://nobody@127.0.0.1:{taken.getsockname()[1]}/none"
        with pytest.raises(StorageBusy):
            await open_database(url, patience=Patience(tries=2, first_pause_s=0.01))
