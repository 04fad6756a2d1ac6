"""Look-ups that are asked together on PostgreSQL: everybody gets his own answer, and nobody suffers for another."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.support.notes import add
from token_server.database.engine import Database

_FIND = "SELECT name, number FROM notes WHERE name = :name"
_NEWEST = "SELECT name FROM notes WHERE number >= :least ORDER BY number DESC"

pytestmark = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


async def test_a_hundred_who_ask_at_once_get_their_own_answers(notes: Database) -> None:
    for number in range(10):
        await add(notes, f"{number}", number)
    found = await asyncio.gather(*(notes.read.first(_FIND, name=f"{number}") for number in range(100)))
    assert found == [{"name": f"{number}", "number": number} for number in range(10)] + [None] * 90


async def test_of_several_rows_everybody_gets_the_first(notes: Database) -> None:
    for number in range(5):
        await add(notes, f"{number}", number)
    found = await asyncio.gather(*(notes.read.first(_NEWEST, least=number % 7) for number in range(70)))
    assert found == [{"name": "4"} if number % 7 < 5 else None for number in range(70)]


async def test_who_asks_after_a_commit_sees_it_however_many_ask(notes: Database) -> None:
    async def write_and_ask(name: str) -> bool:
        await add(notes, name)
        return await notes.read.first(_FIND, name=name) is not None

    assert all(await asyncio.gather(*(write_and_ask(f"{number}") for number in range(100))))


async def test_one_who_asks_nonsense_spoils_it_for_nobody(notes: Database) -> None:
    await add(notes, "a", 1)
    names = ["a" if number % 5 else "\0" for number in range(40)]
    found = await asyncio.gather(*(notes.read.first(_FIND, name=name) for name in names), return_exceptions=True)
    for name, answer in zip(names, found, strict=True):
        assert isinstance(answer, asyncpg.PostgresError) if name == "\0" else answer == {"name": "a", "number": 1}


async def test_one_who_stops_waiting_holds_nobody_up(notes: Database) -> None:
    await add(notes, "a", 1)
    asking = [asyncio.create_task(notes.read.first(_FIND, name="a")) for _ in range(40)]
    await asyncio.sleep(0)
    for one in asking[::3]:
        one.cancel()
    found = await asyncio.gather(*asking, return_exceptions=True)
    for number, answer in enumerate(found):
        assert isinstance(answer, asyncio.CancelledError) if number % 3 == 0 else answer == {"name": "a", "number": 1}
    assert await notes.read.first(_FIND, name="a") == {"name": "a", "number": 1}
