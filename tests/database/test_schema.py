"""The schema's history is applied once, in order, and by nobody else's ledger."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.support.engines import OpenMore
from tests.support.schema import tables
from token_server.database.engine import Database, UnitOfWork
from token_server.database.schema import Migration, SchemaRefused, check_schema, migrate, prepare, shipped

_FIRST = Migration(1, "0001_initial", "CREATE TABLE a (name TEXT PRIMARY KEY); -- one;\nCREATE TABLE b (name TEXT);")
_SECOND = Migration(2, "0002_more", "ALTER TABLE b ADD COLUMN number BIGINT; INSERT INTO a (name) VALUES ('x;y')")
_HISTORY = [_FIRST, _SECOND]


@pytest.fixture
async def empty(empty_database_url: str, open_more: OpenMore) -> Database:
    return await open_more(empty_database_url)


async def test_what_is_missing_is_applied_once(empty: Database) -> None:
    assert await migrate(empty, [_FIRST], now_ms=5) == ["0001_initial"]
    assert await migrate(empty, _HISTORY) == ["0002_more"]
    assert await migrate(empty, _HISTORY) == []
    await check_schema(empty, _HISTORY)
    assert await empty.read.all("SELECT name FROM a") == [{"name": "x;y"}]
    assert await empty.read.all("SELECT number, applied_at FROM schema_migrations ORDER BY number") == [
        {"number": 1, "applied_at": 5},
        {"number": 2, "applied_at": None},
    ]


async def test_what_is_shipped_can_be_applied_and_is_then_accepted(empty: Database) -> None:
    with pytest.raises(SchemaRefused, match="token-server migrate"):
        await check_schema(empty)
    assert await migrate(empty) == [migration.name for migration in shipped()]
    await check_schema(empty)


async def test_several_processes_may_migrate_at_once(empty_database_url: str, open_more: OpenMore) -> None:
    databases = [await open_more(empty_database_url) for _ in range(6)]
    applied = await asyncio.gather(*(migrate(database, _HISTORY) for database in databases))
    assert sorted(name for names in applied for name in names) == ["0001_initial", "0002_more"]
    await asyncio.gather(*(check_schema(database, _HISTORY) for database in databases))


async def test_several_servers_may_start_on_an_empty_database(empty_database_url: str, open_more: OpenMore) -> None:
    databases = [await open_more(empty_database_url) for _ in range(6)]
    applied = await asyncio.gather(*(prepare(each, _HISTORY) for each in databases))
    assert sorted(map(len, applied)) == [0, 0, 0, 0, 0, len(_HISTORY)]


async def test_a_migration_that_fails_leaves_nothing_of_itself(empty: Database) -> None:
    broken = replace(_SECOND, script="CREATE TABLE c (name TEXT); INSERT INTO nowhere (name) VALUES ('x')")
    with pytest.raises(Exception, match="nowhere"):
        await migrate(empty, [_FIRST, broken])
    with pytest.raises(SchemaRefused, match="version 1, this server needs 2"):
        await check_schema(empty, _HISTORY)
    mended = replace(_SECOND, script="CREATE TABLE c (name TEXT)")
    assert await migrate(empty, [_FIRST, mended]) == ["0002_more"]


async def test_a_schema_from_a_newer_server_is_refused(empty: Database) -> None:
    await migrate(empty, _HISTORY)
    for look in (check_schema, migrate):
        with pytest.raises(SchemaRefused, match=r"0002_more.*newer server"):
            await look(empty, [_FIRST])


async def test_a_migration_that_was_edited_afterwards_is_refused(empty: Database) -> None:
    await migrate(empty, [_FIRST])
    edited = replace(_FIRST, script=_FIRST.script + " ")
    for look in (check_schema, migrate):
        with pytest.raises(SchemaRefused, match=r"0001_initial.*another text"):
            await look(empty, [edited, _SECOND])


async def test_both_engines_have_the_same_tables_and_columns(database: Database) -> None:
    columns = {
        "sqlite": """
            SELECT m.name AS place, c.name AS name FROM sqlite_master AS m, pragma_table_info(m.name) AS c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'""",
        "postgresql": """
            SELECT table_name AS place, column_name AS name FROM information_schema.columns
             WHERE table_schema = 'public'""",
    }
    found = {f"{row['place']}.{row['name']}" for row in await database.read.all(columns[database.engine])}
    ledger = {f"schema_migrations.{name}" for name in ("number", "name", "checksum", "applied_at")}
    assert ledger <= found
    assert {place.partition(".")[0] for place in found - ledger} == tables()
    assert {"transactions.challenge_document", "callbacks.claimed_until"} <= found


async def test_a_reused_test_database_is_as_good_as_new(database: Database) -> None:
    async def story(unit: UnitOfWork) -> None:
        await unit.run("INSERT INTO settings (name, value, updated_at) VALUES ('a', 'b', 1)")

    assert await database.read.all("SELECT name FROM settings") == []
    await database.write(story)


test_a_reused_test_database_is_as_good_as_new_again = test_a_reused_test_database_is_as_good_as_new
