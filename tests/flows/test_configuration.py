"""The configuration is read once a second at most, and anew when this process has changed something."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.flows.house import House
from tests.support.clock import FrozenClock
from token_server.database.engine import Database, Reader, Row, Value
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import settings


class HeldReader:
    """A reader whose answers arrive only when they are released."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.released = asyncio.Event()
        self.asked = asyncio.Event()

    async def all(self, sql: str, **params: Value) -> list[Row]:
        rows = await self._reader.all(sql, **params)
        self.asked.set()
        await self.released.wait()
        return rows

    async def first(self, sql: str, **params: Value) -> Row | None:
        return await self._reader.first(sql, **params)


class HeldDatabase:
    """A database that is only read."""

    def __init__(self, database: Database) -> None:
        self.engine = database.engine
        self.read = HeldReader(database.read)

    async def write(self, story: object) -> None:
        raise NotImplementedError

    def listen(self, topic: str, hear: Callable[[str], None]) -> Callable[[], None]:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


async def set_length(database: Database, length: int) -> None:
    revision = (await settings.load_revised(database.read)).revision
    await database.write(lambda unit: settings.change(unit, {"max_message_length": length}, revision=revision, now=1))


async def length_of(configuration: ReadConfiguration) -> int:
    return (await configuration.snapshot()).mobile_config.max_message_length


async def test_a_change_made_elsewhere_is_seen_within_a_second(house: House) -> None:
    clock = FrozenClock()
    configuration = ReadConfiguration(house.base.database, clock)
    assert await length_of(configuration) == 155
    await set_length(house.base.database, 99)
    clock.move(0.999)
    assert await length_of(configuration) == 155
    clock.move(0.001)
    assert await length_of(configuration) == 99


async def test_a_change_made_here_is_seen_at_once(house: House) -> None:
    configuration = ReadConfiguration(house.base.database, FrozenClock())
    await length_of(configuration)
    await set_length(house.base.database, 99)
    configuration.forget()
    assert await length_of(configuration) == 99


async def test_a_clock_that_was_set_back_does_not_keep_old_things_alive(house: House) -> None:
    clock = FrozenClock()
    configuration = ReadConfiguration(house.base.database, clock)
    await length_of(configuration)
    await set_length(house.base.database, 99)
    clock.move(-3600)
    assert await length_of(configuration) == 99


async def test_a_reading_that_began_before_a_change_does_not_outlive_it(house: House) -> None:
    held = HeldDatabase(house.base.database)
    configuration = ReadConfiguration(held, FrozenClock())  # type: ignore[arg-type]
    early = asyncio.create_task(length_of(configuration))
    await held.read.asked.wait()
    await set_length(house.base.database, 99)
    configuration.forget()
    held.read.released.set()
    assert await early == 155
    assert await length_of(configuration) == 99
