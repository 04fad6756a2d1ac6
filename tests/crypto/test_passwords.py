"""Passwords: argon2id, slow in a thread while the event loop goes on, and no faster for nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import argon2
import pytest

from token_server.crypto.passwords import RECOMMENDED, Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_a_password_is_hashed_with_argon2id_as_rfc_9106_recommends(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse battery staple")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.hash("correct horse battery staple") != stored
    assert await passwords.matches("correct horse battery staple", stored)
    assert not await passwords.matches("correct horse battery stapler", stored)
    assert not await passwords.matches("nobody has this password", None)
    assert not await passwords.matches("", "no hash at all")


async def test_hashes_of_other_parameters_are_told(passwords: Passwords) -> None:
    assert passwords.is_current(await passwords.hash("a password"))
    assert not passwords.is_current(argon2.PasswordHasher(time_cost=1, memory_cost=1024).hash("a password"))
    assert passwords.is_current(RECOMMENDED.nobodys())


async def test_the_event_loop_goes_on_while_passwords_are_hashed(passwords: Passwords) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    clock = asyncio.create_task(tick())
    await asyncio.gather(*(passwords.hash(f"password {each}") for each in range(6)))
    clock.cancel()
    assert ticks > 6


async def test_nobodys_password_takes_as_long_as_a_wrong_one(passwords: Passwords) -> None:
    stored = await passwords.hash("a password")
    took: dict[str | None, list[float]] = {stored: [], None: []}
    for _ in range(5):
        for known, times in took.items():
            began = time.perf_counter()
            await passwords.matches("another password", known)
            times.append(time.perf_counter() - began)
    wrong, nobody = (min(times) for times in took.values())
    assert 0.5 < nobody / wrong < 2
