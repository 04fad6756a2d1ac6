"""What is announced is heard after the commit, and only after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.support.engines import OpenMore
from tests.support.notes import INSERT, names
from token_server.database.engine import ANYTHING, Database, UnitOfWork
from token_server.domain.errors import StorageBusy

_SOON_S = 10


async def _announce(database: Database, *keys: str, topic: str = "notes") -> None:
    async def story(unit: UnitOfWork) -> None:
        for key in keys:
            unit.announce(topic, key)
            await unit.run(INSERT + " ON CONFLICT (name) DO NOTHING", name=key, number=1)

    await database.write(story)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_SOON_S):
        while not condition():  # noqa: ASYNC110 - what is waited for knows nothing of us
            await asyncio.sleep(0.002)


async def test_an_announcement_is_heard_when_the_change_can_be_read(notes: Database) -> None:
    seen: list[asyncio.Task[list[str]]] = []
    notes.listen("notes", lambda _key: seen.append(asyncio.create_task(names(notes))))
    await _announce(notes, "a")
    await _until(lambda: bool(seen))
    assert await seen[0] == ["a"]


async def test_what_is_rolled_back_is_not_heard(notes: Database) -> None:
    heard: list[str] = []
    notes.listen("notes", heard.append)

    async def story(unit: UnitOfWork) -> None:
        unit.announce("notes", "never")
        raise LookupError

    with pytest.raises(LookupError):
        await notes.write(story)
    await _announce(notes, "a")
    await _until(lambda: bool(heard))
    assert heard == ["a"]


async def test_a_story_that_is_repeated_announces_once(notes: Database) -> None:
    heard: list[str] = []
    tries: list[int] = []
    notes.listen("notes", heard.append)

    async def story(unit: UnitOfWork) -> None:
        tries.append(1)
        unit.announce("notes", f"try {len(tries)}")
        if len(tries) < 3:
            raise StorageBusy("not yet")

    await notes.write(story)
    await _announce(notes, "last")
    await _until(lambda: "last" in heard)
    assert heard == ["try 3", "last"]


async def test_listeners_hear_their_topic_in_order_until_they_stop(notes: Database) -> None:
    first: list[str] = []
    second: list[str] = []
    stop = notes.listen("notes", first.append)
    notes.listen("notes", second.append)
    await _announce(notes, "a", 'it\'s "ö" ; --')
    await _announce(notes, "elsewhere", topic="other")
    await _announce(notes, "b")
    await _until(lambda: "b" in first)
    stop()
    stop()
    await _announce(notes, "c")
    await _until(lambda: "c" in second)
    assert first == ["a", 'it\'s "ö" ; --', "b"]
    assert second == ["a", 'it\'s "ö" ; --', "b", "c"]


async def test_a_listener_may_begin_a_unit_of_work(notes: Database) -> None:
    written: list[asyncio.Task[None]] = []
    notes.listen("notes", lambda _key: written.append(asyncio.create_task(_announce(notes, "b", topic="other"))))
    await _announce(notes, "a")
    await _until(lambda: bool(written))
    await written[0]
    assert await names(notes) == ["a", "b"]


async def test_a_listener_that_fails_keeps_nobody_else_from_hearing(notes: Database) -> None:
    heard: list[str] = []
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context["exception"]))

    def fail(key: str) -> None:
        raise LookupError(key)

    notes.listen("notes", fail)
    notes.listen("notes", heard.append)
    await _announce(notes, "a")
    await _until(lambda: heard == ["a"])
    assert [type(failure) for failure in failures] == [LookupError]


@pytest.mark.postgres
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_every_process_hears_what_one_announces(notes: Database, database_url: str, open_more: OpenMore) -> None:
    other = await open_more(database_url)
    heard: list[str] = []
    other.listen("notes", heard.append)
    await _announce(notes, "a")
    await _until(lambda: heard == ["a"])


@pytest.mark.postgres
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_listening_goes_on_after_its_connection_was_lost(notes: Database) -> None:
    heard: list[str] = []
    notes.listen("notes", heard.append)
    listeners = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    lost = await notes.read.all(listeners)
    await notes.read.all(f"SELECT pg_terminate_backend(pid) FROM ({listeners}) AS listeners")  # noqa: S608 - ours
    async with asyncio.timeout(_SOON_S):
        while (now := await notes.read.all(listeners)) in ([], lost):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
    assert len(now) == 1
    await _until(lambda: heard == [ANYTHING])  # whatever was announced in between was announced to nobody
    await _announce(notes, "a")
    await _until(lambda: heard == [ANYTHING, "a"])
