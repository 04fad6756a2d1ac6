"""Whoever hangs up leaves neither half a unit of work nor a stuck database, wherever the cancellation strikes."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.support.engines import OpenMore
from tests.support.notes import INSERT, add, make_table, names
from token_server.database.engine import Database, UnitOfWork

_PATIENCE_S = 20


async def _write_two(database: Database, name: str) -> None:
    async def story(unit: UnitOfWork) -> None:
        await unit.run(INSERT, name=f"{name}-1", number=1)
        await asyncio.sleep(0)
        await unit.run(INSERT, name=f"{name}-2", number=2)
        await asyncio.sleep(0)

    await database.write(story)


async def _turn_loop(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


def _check_pairs(found: list[str], acknowledged: set[str]) -> None:
    kept = {name.removesuffix("-1") for name in found if name.endswith("-1")}
    assert kept == {name.removesuffix("-2") for name in found if name.endswith("-2")}
    assert acknowledged <= kept


async def test_a_caller_cancelled_at_any_turn_of_the_loop_leaves_all_or_nothing(notes: Database) -> None:
    acknowledged: set[str] = set()
    for turns in range(25):
        caller = asyncio.create_task(_write_two(notes, f"{turns:02}"))
        await _turn_loop(turns)
        caller.cancel()
        if not (await asyncio.gather(caller, return_exceptions=True))[0]:
            acknowledged.add(f"{turns:02}")
        async with asyncio.timeout(_PATIENCE_S):
            await add(notes, f"after {turns:02}")
    _check_pairs([name for name in await names(notes) if not name.startswith("after")], acknowledged)


@pytest.mark.parametrize("seed", range(3))
async def test_of_many_callers_some_cancelled_the_others_are_served(notes: Database, seed: int) -> None:
    chance = random.Random(seed)
    callers = {f"{number:02}": asyncio.create_task(_write_two(notes, f"{number:02}")) for number in range(40)}
    doomed = chance.sample(sorted(callers), 20)
    for name in doomed:
        await _turn_loop(chance.randrange(6))
        callers[name].cancel()
    async with asyncio.timeout(_PATIENCE_S):
        outcomes = await asyncio.gather(*callers.values(), return_exceptions=True)
    acknowledged = {name for name, outcome in zip(callers, outcomes, strict=True) if outcome is None}
    assert acknowledged >= set(callers) - set(doomed)
    _check_pairs(await names(notes), acknowledged)
    async with asyncio.timeout(_PATIENCE_S):
        await add(notes, "afterwards")


async def test_a_caller_cancelled_inside_its_story_is_rolled_back_before_the_next_one(notes: Database) -> None:
    reached = asyncio.Event()

    async def story(unit: UnitOfWork) -> None:
        await unit.run(INSERT, name="a", number=1)
        reached.set()
        await asyncio.Event().wait()

    caller = asyncio.create_task(notes.write(story))
    await reached.wait()
    following = asyncio.create_task(add(notes, "a", 2))
    await _turn_loop(3)
    caller.cancel()
    async with asyncio.timeout(_PATIENCE_S):
        await following
    assert caller.cancelled()
    assert await notes.read.all("SELECT name, number FROM notes") == [{"name": "a", "number": 2}]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_caller_cancelled_during_the_commit_is_committed_and_announced(
    database_url: str, open_more: OpenMore
) -> None:
    callers: list[asyncio.Task[None]] = []
    heard: list[str] = []

    def cancel(moment: str) -> None:
        if moment == "before":
            for caller in callers:
                caller.cancel()

    database = await open_more(database_url, on_commit=cancel)
    await database.write(make_table)
    database.listen("notes", heard.append)

    async def story(unit: UnitOfWork) -> None:
        await unit.run(INSERT, name="a", number=1)
        unit.announce("notes", "a")

    callers.append(asyncio.create_task(database.write(story)))
    await asyncio.wait(callers)
    callers.clear()
    await add(database, "b")
    assert await names(database) == ["a", "b"]
    assert heard == ["a"]


@pytest.mark.postgres
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_cancelled_callers_give_their_connections_back(database_url: str, open_more: OpenMore) -> None:
    database = await open_more(database_url, connections=2, lock_wait_s=_PATIENCE_S)
    await database.write(make_table)
    for turns in range(30):
        callers = [asyncio.create_task(_write_two(database, f"{turns}-{number}")) for number in range(6)]
        await _turn_loop(turns)
        for caller in callers[::2]:
            caller.cancel()
        async with asyncio.timeout(_PATIENCE_S):
            outcomes = await asyncio.gather(*callers, return_exceptions=True)
        assert outcomes[1::2] == [None, None, None]
