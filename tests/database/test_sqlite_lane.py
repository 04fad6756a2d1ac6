"""SQLite's writer lane: one COMMIT for many, each unit of work on its own."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial

import pytest

from tests.support.engines import OpenMore
from tests.support.notes import INSERT, add, make_table, names
from token_server.database.engine import Database, Move, Statement, UnitOfWork
from token_server.database.patience import Patience
from token_server.domain.errors import AlreadyExists, StorageBusy

_ONCE = Patience(tries=1)

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def _path(url: str) -> str:
    return url.removeprefix("sqlite:///")


async def _in_order_of_commit(database: Database) -> list[str]:
    return [row["name"] for row in await database.read.all("SELECT name FROM notes ORDER BY rowid")]


async def test_those_who_wait_are_committed_together_in_the_order_they_came(
    database_url: str, open_more: OpenMore
) -> None:
    commits: list[str] = []
    database = await open_more(database_url, on_commit=commits.append)
    await database.write(make_table)
    commits.clear()
    wanted = [f"{number:02}" for number in range(50)]
    await asyncio.gather(*(add(database, name) for name in wanted))
    assert await _in_order_of_commit(database) == wanted
    assert commits[::2] == ["before"] * (len(commits) // 2)
    assert commits[1::2] == ["after"] * (len(commits) // 2)
    assert len(commits) <= 4


async def test_nobody_is_answered_before_the_commit_that_holds_his_unit(database_url: str, open_more: OpenMore) -> None:
    story_order: list[str] = []
    database = await open_more(database_url, on_commit=story_order.append)
    await database.write(make_table)
    story_order.clear()

    async def caller(name: str) -> None:
        await add(database, name)
        story_order.append(name)

    await asyncio.gather(caller("a"), caller("b"))
    assert story_order == ["before", "after", "a", "b"]


async def test_a_batch_holds_no_more_units_than_allowed(database_url: str, open_more: OpenMore) -> None:
    sizes: list[int] = []
    waiting: list[str] = []

    def count(moment: str) -> None:
        if moment == "before":
            sizes.append(len(waiting))
            waiting.clear()

    database = await open_more(database_url, most_units=4, on_commit=count)
    await database.write(make_table)
    sizes.clear()

    async def story(name: str, unit: UnitOfWork) -> None:
        await unit.run(INSERT, name=name, number=1)
        waiting.append(name)

    wanted = [f"{number:02}" for number in range(30)]
    await asyncio.gather(*(database.write(partial(story, name)) for name in wanted))
    assert await _in_order_of_commit(database) == wanted
    assert sum(sizes) == 30
    assert max(sizes) == 4


async def test_a_story_that_waits_keeps_its_neighbours_in_order(notes: Database) -> None:
    async def story(name: str, unit: UnitOfWork) -> None:
        await asyncio.sleep(0.001)
        await unit.run(INSERT, name=name, number=1)
        await asyncio.sleep(0)

    wanted = [f"{number:02}" for number in range(20)]
    await asyncio.gather(
        *(notes.write(partial(story, name)) if int(name) % 3 == 0 else add(notes, name) for name in wanted)
    )
    assert await _in_order_of_commit(notes) == wanted


async def test_when_the_commit_fails_everybody_in_it_is_told_and_nothing_is_kept(
    database_url: str, open_more: OpenMore
) -> None:
    database = await open_more(database_url, patience=_ONCE)
    await database.write(make_table)
    owner = "name TEXT REFERENCES notes (name) DEFERRABLE INITIALLY DEFERRED"
    await database.write(lambda unit: unit.run(f"CREATE TABLE later ({owner})"))

    async def break_the_commit(unit: UnitOfWork) -> None:
        await unit.run("INSERT INTO later (name) VALUES ('nobody')")

    outcomes = await asyncio.gather(
        add(database, "a"), database.write(break_the_commit), add(database, "b"), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [StorageBusy] * 3
    await add(database, "c")
    assert await names(database) == ["c"]


async def test_a_full_disk_costs_only_what_was_not_acknowledged(database_url: str, open_more: OpenMore) -> None:
    database = await open_more(database_url, patience=_ONCE)
    await database.write(make_table)
    pages = await database.write(lambda unit: unit.first("PRAGMA page_count"))
    assert pages is not None
    await database.write(lambda unit: unit.first(f"PRAGMA max_page_count = {pages['page_count'] + 2}"))

    async def story(name: str, size: int, unit: UnitOfWork) -> None:
        sql = "INSERT INTO notes (name, number, body) VALUES (:name, 1, :body)"
        await unit.run(sql, name=name, body="x" * size)

    wanted = {f"{number:02}": 30_000 if number % 4 == 2 else 10 for number in range(20)}
    outcomes = await asyncio.gather(
        *(database.write(partial(story, name, size)) for name, size in wanted.items()), return_exceptions=True
    )
    kept = [name for name, outcome in zip(wanted, outcomes, strict=True) if outcome is None]
    assert await names(database) == kept
    assert not any(int(name) % 4 == 2 for name in kept)
    await database.write(lambda unit: unit.first("PRAGMA max_page_count = 100000"))
    await database.write(partial(story, "large", 30_000))


async def test_the_lane_waits_while_another_process_writes(notes: Database, database_url: str) -> None:
    other = sqlite3.connect(_path(database_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = [asyncio.create_task(add(notes, name)) for name in "abc"]
    await asyncio.sleep(0.03)
    assert not any(caller.done() for caller in waiting)
    assert await names(notes) == []
    other.execute("COMMIT")
    other.close()
    await asyncio.gather(*waiting)
    assert await _in_order_of_commit(notes) == ["a", "b", "c"]


async def test_a_lock_that_is_never_let_go_makes_everybody_busy_at_once(database_url: str, open_more: OpenMore) -> None:
    database = await open_more(database_url, patience=_ONCE, lock_wait_s=0.05)
    await database.write(make_table)
    other = sqlite3.connect(_path(database_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with asyncio.timeout(2):
        outcomes = await asyncio.gather(*(add(database, f"{number}") for number in range(100)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {StorageBusy}
    other.execute("ROLLBACK")
    other.close()
    await add(database, "afterwards")
    assert await names(database) == ["afterwards"]


async def test_a_caller_cancelled_while_waiting_for_the_lock_lets_the_next_one_try(
    notes: Database, database_url: str
) -> None:
    other = sqlite3.connect(_path(database_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    first, second = (asyncio.create_task(add(notes, name)) for name in "ab")
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.sleep(0.01)
    other.execute("ROLLBACK")
    other.close()
    await second
    assert await names(notes) == ["b"]


async def test_a_unit_that_fails_alone_lets_go_of_the_lock(notes: Database, database_url: str) -> None:
    async def story(unit: UnitOfWork) -> None:
        await unit.run(INSERT, name="a", number=1)
        raise LookupError

    with pytest.raises(LookupError):
        await notes.write(story)
    await asyncio.sleep(0)
    other = sqlite3.connect(_path(database_url), isolation_level=None, timeout=0)
    other.execute("INSERT INTO notes (name, number) VALUES ('other', 1)")
    other.close()
    await add(notes, "b")
    assert await names(notes) == ["b", "other"]


async def test_a_long_read_leaves_the_event_loop_free(notes: Database) -> None:
    count_far = """
        WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < :last)
        SELECT COUNT(*) AS many FROM numbers"""
    longest_s = 0.0
    loop = asyncio.get_running_loop()
    reading = asyncio.create_task(notes.read.all(count_far, last=1_000_000))
    turns = 0
    while not reading.done():
        begun = loop.time()
        await asyncio.sleep(0)
        longest_s = max(longest_s, loop.time() - begun)
        turns += 1
    assert await reading == [{"many": 1_000_000}]
    assert turns > 10
    assert await notes.read.first(count_far, last=10) == {"many": 10}


async def test_reads_cannot_write(notes: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await notes.read.first("INSERT INTO notes (name, number) VALUES ('a', 1) RETURNING name")


def _adding(name: str, then: str = "") -> Move:
    change = Statement(f"{INSERT} RETURNING name", {"name": name, "number": 0})
    return Move(change, (Statement(INSERT, {"name": then, "number": 1}),) if then else ())


async def test_moves_and_stories_keep_their_order_and_share_commits(database_url: str, open_more: OpenMore) -> None:
    commits: list[str] = []
    database = await open_more(database_url, on_commit=commits.append)
    await database.write(make_table)
    commits.clear()
    wanted = [f"{number:02}" for number in range(50)]
    await asyncio.gather(
        *(add(database, name) if int(name) % 3 else database.move(_adding(name)) for name in wanted),
    )
    assert await _in_order_of_commit(database) == wanted
    assert len(commits) <= 4


async def test_no_move_is_answered_before_its_commit(database_url: str, open_more: OpenMore) -> None:
    order: list[str] = []
    database = await open_more(database_url, on_commit=order.append)
    await database.write(make_table)
    order.clear()

    async def caller(name: str) -> None:
        rows = await database.move(_adding(name, then=f"{name}, too"))
        order.append(rows[0]["name"])

    await asyncio.gather(caller("a"), caller("b"))
    assert order == ["before", "after", "a", "b"]


async def test_a_move_whose_caller_was_cancelled_in_the_line_is_left_out(notes: Database) -> None:
    first = asyncio.create_task(notes.move(_adding("a")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # now its COMMIT is under way
    second, third = (asyncio.create_task(notes.move(_adding(name))) for name in "bc")
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, third)
    assert await names(notes) == ["a", "c"]


async def test_a_move_that_fails_is_told_why_and_leaves_its_neighbours_alone(notes: Database) -> None:
    await add(notes, "there")
    outcomes = await asyncio.gather(
        add(notes, "first"),
        add(notes, "a"),
        notes.move(_adding("there")),  # its change fails
        add(notes, "b"),
        notes.move(_adding("half", then="there")),  # what goes with it fails
        notes.move(_adding("c")),
        notes.move(Move(Statement(f"{INSERT} RETURNING name", {"name": "unbound"}))),
        return_exceptions=True,
    )
    assert [type(each) for each in outcomes] == [
        type(None), type(None), AlreadyExists, type(None), AlreadyExists, list, sqlite3.ProgrammingError,
    ]  # fmt: skip
    assert await names(notes) == ["a", "b", "c", "first", "there"]


async def test_a_move_waits_while_another_process_writes(notes: Database, database_url: str) -> None:
    other = sqlite3.connect(_path(database_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = [asyncio.create_task(notes.move(_adding(name))) for name in "abc"]
    await asyncio.sleep(0.03)
    assert not any(caller.done() for caller in waiting)
    other.execute("COMMIT")
    other.close()
    await asyncio.gather(*waiting)
    assert await names(notes) == ["a", "b", "c"]


async def test_no_move_may_be_made_inside_a_story(notes: Database) -> None:
    with pytest.raises(RuntimeError, match="another unit of work"):
        await notes.write(lambda _: notes.move(_adding("a")))
