"""Workers that fail are started again; workers that are stopped are gone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.flows.house import a_house
from tests.journeys.patience import eventually
from token_server.flows.server_keys import MOST_SPARE_KEYS
from token_server.workers import supervisor
from token_server.workers.key_maker import KeyMaker
from token_server.workers.supervisor import Supervisor
from token_server.workers.sweeper import PAUSE_S, Sweeper


async def test_a_worker_that_fails_is_started_again_and_the_others_do_not_notice() -> None:
    starts = {"weak": 0, "strong": 0}
    again = asyncio.Event()

    async def weak() -> None:
        starts["weak"] += 1
        if starts["weak"] == 1:
            raise ZeroDivisionError
        again.set()
        await asyncio.Event().wait()

    async def strong() -> None:
        starts["strong"] += 1
        await asyncio.Event().wait()

    crew = Supervisor({"weak": weak, "strong": strong})
    crew.start()
    await asyncio.wait_for(again.wait(), supervisor.FIRST_PAUSE_S + 5)
    assert starts == {"weak": 2, "strong": 1}
    await crew.stop()


async def test_stopping_waits_until_every_worker_is_gone() -> None:
    begun, gone = asyncio.Event(), []

    async def tidy() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            gone.append("tidied up")

    crew = Supervisor({"tidy": tidy})
    crew.start()
    await begun.wait()
    await crew.stop()
    assert gone == ["tidied up"]
    await crew.stop()


async def stop(work: asyncio.Task[None]) -> None:
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_sweeper_sweeps_everything_that_is_over_at_once(database_url: str, tmp_path: Path) -> None:
    async with a_house(database_url, tmp_path) as house:
        for _ in range(205):
            await house.start("quick")
        house.clock.move(10)
        sweeping = asyncio.create_task(Sweeper(house.flows.expire).run())

        async def is_swept() -> bool:
            [row] = await house.rows("SELECT COUNT(*) AS letters FROM callbacks")
            return bool(row["letters"] == 205)

        assert await eventually(is_swept, timeout_s=PAUSE_S * 5)
        await stop(sweeping)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("unique", [True, False])
async def test_the_key_maker_makes_keys_ahead_only_while_they_are_wanted(
    database_url: str, tmp_path: Path, *, unique: bool
) -> None:
    async with a_house(database_url, tmp_path, unique_pgp_keys_per_enrollment=unique) as house:
        making = asyncio.create_task(KeyMaker(house.flows.server_keys, house.base.configuration).run())
        await asyncio.sleep(0.1)
        await stop(making)
        room = 0
        while house.flows.server_keys.make_spare():
            room += 1
        assert (room < MOST_SPARE_KEYS) is unique
