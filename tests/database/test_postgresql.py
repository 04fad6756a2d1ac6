"""What only PostgreSQL can do to a unit of work: serialisation failures, deadlocks, lost connections."""

from __future__ import annotations

import asyncio
from contextvars import Context

import pytest

from tests.support.engines import OpenMore
from tests.support.notes import INSERT, add, names
from token_server.database.engine import Database, UnitOfWork
from token_server.database.patience import Patience
from token_server.domain.errors import StorageBusy, Unavailable

pytestmark = [pytest.mark.postgres, pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)]

_BUMP = "UPDATE notes SET number = number + 1 WHERE name = :name"
_OWN_PROCESS = "SELECT pg_backend_pid() AS pid"


async def _end(database: Database, pid: int) -> None:
    await database.read.first("SELECT pg_terminate_backend(CAST(:pid AS INTEGER))", pid=pid)


async def test_a_serialisation_failure_repeats_the_whole_story(notes: Database) -> None:
    await add(notes, "a", 0)
    met = asyncio.Barrier(2)
    tries: list[int] = []

    async def story(unit: UnitOfWork) -> None:
        tries.append(1)
        await unit.run("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        row = await unit.first("SELECT number FROM notes WHERE name = 'a'")
        assert row is not None
        if len(tries) <= 2:
            await met.wait()
        await unit.run("UPDATE notes SET number = :number WHERE name = 'a'", number=row["number"] + 1)

    await asyncio.gather(*(notes.write(story) for _ in range(2)))
    assert len(tries) == 3
    assert await notes.read.first("SELECT number FROM notes") == {"number": 2}


async def test_two_stories_that_lock_crosswise_are_both_told_to_the_end(notes: Database) -> None:
    await add(notes, "a", 0)
    await add(notes, "b", 0)
    met = asyncio.Barrier(2)
    tries: list[str] = []

    async def story(unit: UnitOfWork, first: str, second: str) -> None:
        tries.append(first)
        await unit.run("SET LOCAL deadlock_timeout = '10ms'")
        await unit.run(_BUMP, name=first)
        if len(tries) <= 2:
            await met.wait()
        await unit.run(_BUMP, name=second)

    await asyncio.gather(
        notes.write(lambda unit: story(unit, "a", "b")), notes.write(lambda unit: story(unit, "b", "a"))
    )
    assert len(tries) == 3
    assert await notes.read.all("SELECT number FROM notes") == [{"number": 2}, {"number": 2}]


async def test_a_connection_lost_inside_a_story_repeats_it_on_another(notes: Database) -> None:
    tries: list[int] = []

    async def story(unit: UnitOfWork) -> None:
        row = await unit.first(_OWN_PROCESS)
        assert row is not None
        tries.append(row["pid"])
        await unit.run(INSERT, name=f"try {len(tries)}", number=1)
        if len(tries) == 1:
            await _end(notes, row["pid"])
        await unit.run(_BUMP, name="a")

    await notes.write(story)
    assert len(set(tries)) == 2
    assert await names(notes) == ["try 2"]


@pytest.mark.parametrize("in_one_statement", [True, False])
async def test_a_connection_lost_at_the_commit_is_not_taken_for_either(
    database_url: str, open_more: OpenMore, notes: Database, *, in_one_statement: bool
) -> None:
    tries: list[int] = []

    async def story(unit: UnitOfWork) -> None:
        tries.append(1)
        if in_one_statement:
            unit.later(INSERT, name="a", number=1)
        else:
            await unit.run(INSERT, name="a", number=1)

    await notes.write(_slow_commit)
    database = await open_more(database_url, connections=1)
    process = await database.read.first(_OWN_PROCESS)
    assert process is not None
    ending = asyncio.create_task(_end_soon(notes, process["pid"]))
    with pytest.raises(Unavailable, match="not known") as raised:
        await database.write(story)
    assert not isinstance(raised.value, StorageBusy)
    assert len(tries) == 1
    await ending
    assert await names(notes) == []


async def _slow_commit(unit: UnitOfWork) -> None:
    """From now on, the commit of a note takes a while."""
    await unit.run(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$"
    )
    await unit.run(
        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION dawdle()"
    )


async def _end_soon(database: Database, pid: int) -> None:
    await asyncio.sleep(0.1)
    await _end(database, pid)


async def test_reads_survive_the_loss_of_every_connection(notes: Database) -> None:
    await add(notes, "a")
    await notes.read.all(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert await asyncio.gather(*(names(notes) for _ in range(20))) == [["a"]] * 20


async def test_more_callers_than_connections_are_served_in_turn(
    notes: Database, database_url: str, open_more: OpenMore
) -> None:
    database = await open_more(database_url, connections=2)
    await asyncio.gather(*(add(database, f"{number:02}") for number in range(40)))
    assert len(await names(notes)) == 40
    used = await notes.read.first("SELECT COUNT(*) AS many FROM pg_stat_activity WHERE query = 'COMMIT'")
    assert used is not None
    assert used["many"] <= 3


async def test_whoever_waits_too_long_for_a_connection_hears_that_it_is_busy(
    notes: Database, database_url: str, open_more: OpenMore
) -> None:
    database = await open_more(database_url, connections=1, lock_wait_s=0.05, patience=Patience(tries=1))
    held, free = asyncio.Event(), asyncio.Event()

    async def hold(unit: UnitOfWork) -> None:
        await unit.run(INSERT, name="a", number=1)
        held.set()
        await free.wait()

    holder = asyncio.create_task(database.write(hold))
    await held.wait()
    with pytest.raises(StorageBusy, match="in use"):
        await add(database, "b")
    free.set()
    await holder
    await add(database, "c")
    assert await names(notes) == ["a", "c"]


async def test_a_lock_that_is_not_let_go_makes_the_caller_busy(
    notes: Database, database_url: str, open_more: OpenMore
) -> None:
    await add(notes, "a", 0)
    database = await open_more(database_url, lock_wait_s=0.05, patience=Patience(tries=2, first_pause_s=0.001))

    async def hold(unit: UnitOfWork) -> None:
        await unit.run(_BUMP, name="a")
        with pytest.raises(StorageBusy):
            await asyncio.create_task(database.write(lambda other: other.run(_BUMP, name="a")), context=Context())

    await notes.write(hold)


async def test_statements_go_on_after_the_schema_changed_under_them(notes: Database) -> None:
    await add(notes, "a")
    look = "SELECT * FROM notes WHERE name = :name"

    async def story(unit: UnitOfWork) -> object:
        return await unit.first(look, name="a")

    await asyncio.gather(*(notes.write(story) for _ in range(20)))
    await notes.write(lambda unit: unit.run("ALTER TABLE notes ADD COLUMN extra TEXT"))
    rows = await asyncio.gather(*(notes.write(story) for _ in range(20)))
    assert all("extra" in row for row in rows if isinstance(row, dict))
    assert (await notes.read.first(look, name="a")) == rows[0]
