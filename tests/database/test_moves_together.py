"""Moves that are committed together on PostgreSQL: everybody gets his own answer, and nobody suffers for another."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.support.engines import OpenMore
from tests.support.notes import add, names
from token_server.database.engine import Database, Move, Row, Statement, UnitOfWork
from token_server.database.patience import Patience
from token_server.domain.errors import AlreadyExists, Unavailable

MARK = "UPDATE notes SET number = :number WHERE name = :name AND number = 0 RETURNING name, number"
COPY = "INSERT INTO notes (name, number) SELECT :copy, 9"
BLOCKED = "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
TERMINATE = "SELECT COUNT(pg_terminate_backend(pid)) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'"

pytestmark = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


def mark(name: str, number: int = 1, *, copy: str | None = None, tell: bool = False) -> Move:
    """Mark a note that is not marked, perhaps leaving a copy."""
    then = () if copy is None else (Statement(COPY, {"copy": copy}),)
    announcement = ("marked", name) if tell else None
    return Move(Statement(MARK, {"name": name, "number": number}), then, announcement, key=name)


async def marked(database: Database) -> dict[str, int]:
    """Return every note with its number."""
    return {row["name"]: row["number"] for row in await database.read.all("SELECT name, number FROM notes")}


async def test_a_hundred_at_once_get_their_own_answers_and_news(notes: Database) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    stop = notes.listen("marked", heard.put_nowait)
    for each in range(50):
        await add(notes, f"{each}")
    moves = [mark(f"{each}", each + 1, copy=f"copy of {each}", tell=True) for each in range(100)]
    answers = await asyncio.gather(*(notes.move(one) for one in moves))
    assert [[(row["name"], row["number"]) for row in rows] for rows in answers] == [
        [(f"{each}", each + 1)] if each < 50 else [] for each in range(100)
    ]
    async with asyncio.timeout(10):
        assert {await heard.get() for _ in range(50)} == {f"{each}" for each in range(50)}
    stop()
    assert len(await names(notes)) == 100, "a move whose guard held brings no company"


async def test_of_sixteen_that_want_the_same_row_one_gets_it(notes: Database) -> None:
    await add(notes, "a")
    answers = await asyncio.gather(*(notes.move(mark("a", each)) for each in range(1, 17)))
    assert [len(rows) for rows in answers].count(1) == 1
    assert sum(row["number"] for rows in answers for row in rows) == (await marked(notes))["a"]


async def test_one_whose_company_cannot_come_spoils_it_for_nobody(notes: Database) -> None:
    for each in range(40):
        await add(notes, f"{each}")
    await add(notes, "there", 5)
    moves = [mark(f"{each}", copy=f"new {each}" if each % 5 else "there") for each in range(40)]
    answers = await asyncio.gather(*(notes.move(one) for one in moves), return_exceptions=True)
    for each, answer in enumerate(answers):
        assert isinstance(answer, list) if each % 5 else isinstance(answer, AlreadyExists)
    now = await marked(notes)
    assert [now[f"{each}"] for each in range(40)] == [int(each % 5 > 0) for each in range(40)]


async def test_one_who_stops_waiting_holds_nobody_up(notes: Database) -> None:
    for each in range(40):
        await add(notes, f"{each}")
    moving = [asyncio.create_task(notes.move(mark(f"{each}"))) for each in range(40)]
    await asyncio.sleep(0)
    for one in moving[::3]:
        one.cancel()
    answers = await asyncio.gather(*moving, return_exceptions=True)
    for each, answer in enumerate(answers):
        assert isinstance(answer, asyncio.CancelledError) if each % 3 == 0 else isinstance(answer, list)
    assert len(await notes.move(mark("0"))) in (0, 1), "the lane goes on"


async def test_two_processes_that_want_the_same_rows_never_wait_for_each_other_both_ways(
    notes: Database, database_url: str, open_more: OpenMore
) -> None:
    """Without the order of the keys this deadlocks, and the error would be raised: nobody is patient here."""
    handles = [await open_more(database_url, patience=Patience(tries=1)) for _ in range(2)]
    rows = [f"{each}" for each in range(40)]
    for each in rows:
        await add(notes, each)
    shuffle = random.Random(1)
    for number in range(1, 16):
        await notes.write(unmark)
        wanted = [(handle, name) for handle in handles for name in shuffle.sample(rows, len(rows))]
        answers = await asyncio.gather(*(handle.move(mark(name, number)) for handle, name in wanted))
        assert sum(len(found) for found in answers) == len(rows)


async def unmark(unit: UnitOfWork) -> None:
    """Mark no note any more."""
    await unit.run("UPDATE notes SET number = 0")


async def test_when_the_connection_is_lost_all_who_travel_together_hear_that_nobody_knows(
    notes: Database, database_url: str, open_more: OpenMore
) -> None:
    for name in ("a", "b", *(f"c{each}" for each in range(9))):
        await add(notes, name)
    holder = await open_more(database_url)
    is_held, is_over = asyncio.Event(), asyncio.Event()

    async def hold(unit: UnitOfWork) -> None:
        await unit.run("UPDATE notes SET body = 'held' WHERE name = 'c4'")
        is_held.set()
        await is_over.wait()

    holding = asyncio.create_task(holder.write(hold))
    await is_held.wait()
    going: list[asyncio.Task[list[Row]]] = [
        asyncio.create_task(notes.move(mark(name))) for name in ("a", "b", *(f"c{each}" for each in range(9)))
    ]
    await count_until(holder, BLOCKED)
    await count_until(holder, TERMINATE)
    answers = await asyncio.gather(*going, return_exceptions=True)
    assert [len(found) for found in answers[:2] if isinstance(found, list)] == [1, 1]
    assert all(isinstance(answer, Unavailable) for answer in answers[2:])
    is_over.set()
    await holding
    now = await marked(notes)
    assert {now[f"c{each}"] for each in range(9)} == {0}
    assert len(await notes.move(mark("c4"))) == 1


async def count_until(database: Database, sql: str) -> None:
    """Ask until something is found."""
    async with asyncio.timeout(10):
        while True:
            row = await database.read.first(sql)
            if row is not None and row["n"]:
                return
            await asyncio.sleep(0.01)
