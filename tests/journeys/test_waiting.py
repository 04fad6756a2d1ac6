"""A portal waits for the result: answered the moment the phone has decided, on whichever node that happened."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, encode_basic_auth

from tests.journeys.phones import WirePhoneOf
from tests.journeys.wire_phone import WirePhone
from tests.support.portal import CallbackReceiver
from tests.support.second_process import second_process
from tests.support.server import API, PORTAL_ID, PORTAL_SECRET, World, a_world, settings_for

ISSUER = "https://login.example"


async def answer(phone: WirePhone, started: dict[str, str], decision: str) -> None:
    document = await phone.challenge(started["otp"])
    phone.open(await phone.answer(started["transaction_id"], decision, document))


@pytest.mark.parametrize("decision", ["accept", "deny"])
async def test_a_waiting_portal_is_answered_as_soon_as_the_phone_has(
    world: World, wire_phone_of: WirePhoneOf, decision: str
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    waiting = asyncio.create_task(world.result(started["transaction_id"], wait_s=30))
    began = time.monotonic()
    await answer(phone, started, decision)
    result = await waiting
    assert time.monotonic() - began < 5
    assert result["is_authenticated"] is (decision == "accept")


async def test_a_portal_that_comes_after_the_answer_does_not_wait(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    await answer(phone, started, "accept")
    began = time.monotonic()
    assert (await world.result(started["transaction_id"], wait_s=30))["is_authenticated"] is True
    assert time.monotonic() - began < 5


async def test_who_waited_in_vain_gets_the_open_transaction(world: World) -> None:
    started = await world.start()
    result = await world.result(started["transaction_id"], wait_s=1)
    assert (result["status"], result["is_authenticated"]) == (200, False)
    assert "not_authenticated_reason" not in result


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [("wait=1", "wait=1"), ("respond-async, wait=1", "wait=1"), ("wait=ten", None), ("wait=0", None), ("", None)],
)
async def test_the_applied_preference_is_named(world: World, prefer: str, applied: str | None) -> None:
    started = await world.start("quick")
    world.clock.move(10)
    path = f"{API}/authenticate/transaction/{started['transaction_id']}"
    async with world.portal.get(path, headers={"Prefer": prefer}) as response:
        assert response.headers.get("Preference-Applied") == applied


async def test_nobody_waits_longer_than_a_minute(world: World) -> None:
    started = await world.start("quick")
    world.clock.move(10)
    path = f"{API}/authenticate/transaction/{started['transaction_id']}"
    async with world.portal.get(path, headers={"Prefer": "wait=3600"}) as response:
        assert response.headers["Preference-Applied"] == "wait=60"


async def test_many_can_wait_for_one_transaction(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    waiting = [asyncio.create_task(world.result(started["transaction_id"], wait_s=30)) for _ in range(8)]
    await answer(phone, started, "accept")
    results = await asyncio.gather(*waiting)
    assert [result["user_id"] for result in results] == ["alice"] * 8


@pytest.mark.postgres
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize("phone_is_at", ["this process", "the other process"])
async def test_the_phone_talks_to_one_process_while_the_portal_waits_at_another(
    database_url: str, tmp_path: Path, callbacks: CallbackReceiver, wire_phone_of: WirePhoneOf, phone_is_at: str
) -> None:
    settings = settings_for(database_url, tmp_path)
    settings = replace(settings, server=replace(settings.server, base_url=ISSUER))
    async with a_world(settings, tmp_path, callbacks) as world, second_process(settings) as other:
        credentials = {"Authorization": encode_basic_auth(PORTAL_ID, PORTAL_SECRET)}
        async with ClientSession(other, headers=credentials) as portal:
            phone = await wire_phone_of(world)
            started = await world.start()
            if phone_is_at == "this process":
                world.portal, there = portal, world.portal
            else:
                phone.url, there = other, portal
            waiting = asyncio.create_task(world.result(started["transaction_id"], wait_s=30))
            await asyncio.sleep(0.2)  # the portal is on its way
            await answer(phone, started, "accept")
            began = time.monotonic()
            result = await waiting
            assert (result["is_authenticated"], result["user_id"]) == (True, "alice")
            assert time.monotonic() - began < 2  # much less than the longest nap, so it was the news that woke it
            await world.callbacks.wait_for(started["transaction_id"])
            async with there.get(f"{API}/authenticate/transaction/{started['transaction_id']}") as response:
                assert (await response.json())["user_id"] == "alice"
    assert callbacks.count(started["transaction_id"]) == 1
