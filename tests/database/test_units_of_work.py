"""Units of work happen whole or not at all, on both engines alike."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

import pytest

from tests.support.engines import OpenMore
from tests.support.notes import COUNT, INSERT, add, names
from token_server.database.engine import Database, Row, UnitOfWork, Value
from token_server.domain.errors import AlreadyExists, Unavailable


async def test_what_a_story_wrote_is_there_for_everybody_when_write_returns(
    notes: Database, database_url: str, open_more: OpenMore
) -> None:
    other = await open_more(database_url)
    for number in range(20):
        await add(notes, f"{number:02}")
        assert len(await names(notes)) == number + 1
        assert len(await names(other)) == number + 1


async def test_a_story_returns_its_value_and_sees_its_own_changes(notes: Database) -> None:
    async def story(unit: UnitOfWork) -> int:
        await unit.run(INSERT, name="a", number=7)
        row = await unit.first("SELECT number FROM notes WHERE name = :name", name="a")
        assert row is not None
        assert await names(notes) == []
        number: int = row["number"]
        return number

    assert await notes.write(story) == 7
    assert await names(notes) == ["a"]


async def test_a_story_that_raises_leaves_nothing(notes: Database) -> None:
    async def story(unit: UnitOfWork) -> None:
        await unit.run(INSERT, name="a", number=1)
        raise LookupError("the story cannot go on")

    with pytest.raises(LookupError):
        await notes.write(story)
    assert await names(notes) == []


async def test_one_of_many_that_raises_is_rolled_back_alone(notes: Database) -> None:
    async def story(unit: UnitOfWork, number: int) -> None:
        await unit.run(INSERT, name=f"{number:02}", number=number)
        if number % 5 == 0:
            raise LookupError(number)

    async def one(number: int) -> bool:
        try:
            await notes.write(lambda unit: story(unit, number))
        except LookupError:
            return False
        return True

    kept = await asyncio.gather(*(one(number) for number in range(30)))
    assert kept == [number % 5 != 0 for number in range(30)]
    assert await names(notes) == [f"{number:02}" for number in range(30) if number % 5]


async def test_a_failed_statement_ends_the_unit_even_if_the_story_goes_on(notes: Database) -> None:
    await add(notes, "taken")

    async def story(unit: UnitOfWork) -> str:
        await unit.run(INSERT, name="new", number=1)
        with pytest.raises(AlreadyExists):
            await unit.run(INSERT, name="taken", number=1)
        with pytest.raises(AlreadyExists):
            await unit.first(COUNT)
        return "all is well"

    with pytest.raises(AlreadyExists):
        await notes.write(story)
    assert await names(notes) == ["taken"]


async def test_a_unit_is_of_no_use_after_its_story(notes: Database) -> None:
    kept: list[UnitOfWork] = []

    async def story(unit: UnitOfWork) -> None:
        kept.append(unit)

    await notes.write(story)
    with pytest.raises(RuntimeError, match="over"):
        await kept[0].run(INSERT, name="a", number=1)
    assert await names(notes) == []


async def test_a_story_inside_a_story_is_refused(notes: Database) -> None:
    async def story(unit: UnitOfWork) -> None:
        await unit.run(INSERT, name="outer", number=1)
        await add(notes, "inner")

    with pytest.raises(RuntimeError, match="another unit of work"):
        await notes.write(story)
    assert await names(notes) == []
    await add(notes, "afterwards")


async def test_only_a_broken_unique_rule_means_that_there_is_one_already(notes: Database) -> None:
    async def story(unit: UnitOfWork) -> None:
        await unit.run("INSERT INTO notes (name) VALUES (:name)", name="without a number")

    with pytest.raises(Exception, match=r"(?i)null") as raised:
        await notes.write(story)
    assert not isinstance(raised.value, AlreadyExists)


async def test_run_counts_the_rows_it_changed(notes: Database) -> None:
    async def story(unit: UnitOfWork) -> list[int]:
        once = INSERT + " ON CONFLICT (name) DO NOTHING"
        return [
            await unit.run(once, name="a", number=1),
            await unit.run(once, name="a", number=1),
            await unit.run(once, name="b", number=1),
            await unit.run("UPDATE notes SET number = number + 1"),
            await unit.run("UPDATE notes SET number = number + 1 WHERE name = :name RETURNING name", name="a"),
            await unit.run("DELETE FROM notes WHERE number > :least", least=100),
            await unit.run("CREATE TABLE more (name TEXT)"),
        ]

    assert await notes.write(story) == [1, 0, 1, 2, 1, 0, 0]


async def test_values_come_back_as_they_went_in(notes: Database) -> None:
    row: dict[str, Value] = {"name": "é'\"☃:x", "number": -(2**63), "body": None, "raw": b"\x00\xff"}

    async def story(unit: UnitOfWork) -> Row | None:
        return await unit.first(
            "INSERT INTO notes (name, number, body, raw) VALUES (:name, :number, :body, :raw) RETURNING *", **row
        )

    written = await notes.write(story)
    read = await notes.read.first("SELECT * FROM notes")
    assert written == read == row
    assert isinstance(read, Mapping)
    assert await notes.read.first("SELECT * FROM notes WHERE number = 1") is None


async def test_a_missing_parameter_is_a_mistake_on_both_engines(notes: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)number"):
        await notes.write(lambda unit: unit.run(INSERT, name="a"))
    assert await names(notes) == []


@pytest.mark.postgres
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_postgresql_finds_a_number_where_text_is_declared(notes: Database) -> None:
    with pytest.raises(Exception, match="expected str"):
        await notes.write(lambda unit: unit.run(INSERT, name=5, number=1))
    assert await names(notes) == []


async def test_sixteen_guarded_updates_at_once_have_one_winner(notes: Database) -> None:
    await add(notes, "prize", 0)
    take = "UPDATE notes SET number = :mine WHERE name = 'prize' AND number = 0 RETURNING number"

    async def story(mine: int, unit: UnitOfWork) -> Row | None:
        return await unit.first(take, mine=mine)

    rows = await asyncio.gather(*(notes.write(partial(story, mine)) for mine in range(1, 17)))
    winners = [row["number"] for row in rows if row is not None]
    assert len(winners) == 1
    assert await notes.read.first("SELECT number FROM notes") == {"number": winners[0]}


async def test_statements_for_later_are_carried_out_before_the_next_question(notes: Database) -> None:
    async def story(unit: UnitOfWork) -> list[Row]:
        unit.later(INSERT, name="a", number=1)
        unit.later(INSERT, name="b", number=1)
        await unit.run("UPDATE notes SET number = 2 WHERE name = 'b'")
        unit.later("UPDATE notes SET number = 3 WHERE name = :name", name="a")
        rows = await unit.all("SELECT name, number FROM notes ORDER BY name")
        unit.later(INSERT, name="c", number=1)
        return rows

    assert await notes.write(story) == [{"name": "a", "number": 3}, {"name": "b", "number": 2}]
    assert await names(notes) == ["a", "b", "c"]


@pytest.mark.parametrize("many", [1, 3, 8, 9, 30])
async def test_a_unit_made_of_statements_for_later_is_kept_whole_or_not_at_all(notes: Database, many: int) -> None:
    wanted = [f"{number:02}" for number in range(many)]

    async def story(unit: UnitOfWork, *others: str) -> None:
        for name in (*wanted, *others):
            unit.later(INSERT, name=name, number=1)

    async def story_that_raises(unit: UnitOfWork) -> None:
        await story(unit)
        raise LookupError

    with pytest.raises(LookupError):
        await notes.write(story_that_raises)
    with pytest.raises(AlreadyExists):
        await notes.write(lambda unit: story(unit, wanted[0]))
    assert await names(notes) == []
    await notes.write(story)
    assert await names(notes) == wanted


async def test_a_row_and_what_refers_to_it_may_both_be_for_later(notes: Database) -> None:
    await notes.write(lambda unit: unit.run("CREATE TABLE replies (name TEXT REFERENCES notes (name))"))

    async def story(unit: UnitOfWork) -> None:
        unit.later(INSERT, name="a", number=1)
        unit.later("INSERT INTO replies (name) VALUES (:name)", name="a")
        unit.announce("notes", "a")

    await notes.write(story)
    assert await notes.read.all("SELECT name FROM replies") == [{"name": "a"}]
    await notes.write(lambda unit: unit.run("DROP TABLE replies"))


async def test_a_story_that_never_ends_does_not_keep_the_database_from_closing(
    notes: Database, database_url: str, open_more: OpenMore
) -> None:
    database = await open_more(database_url, lock_wait_s=0.05)
    begun = asyncio.Event()

    async def story(unit: UnitOfWork) -> None:
        await unit.run(INSERT, name="a", number=1)
        begun.set()
        await asyncio.Event().wait()

    caller = asyncio.create_task(database.write(story))
    await begun.wait()
    async with asyncio.timeout(5):
        await database.close()
    caller.cancel()
    await asyncio.wait([caller])
    assert await names(notes) == []


async def test_a_closed_database_says_so(database_url: str, open_more: OpenMore) -> None:
    database = await open_more(database_url)
    last = asyncio.create_task(database.write(lambda unit: unit.first("SELECT 1 AS one")))
    await asyncio.sleep(0)
    await database.close()
    assert await last == {"one": 1}
    with pytest.raises(Unavailable):
        await database.write(lambda unit: unit.first("SELECT 1 AS one"))
