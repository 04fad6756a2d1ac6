"""What is busy is repeated, with pauses that differ, and not for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from token_server.database.patience import Patience
from token_server.domain.errors import AlreadyExists, StorageBusy, Unavailable

_QUICK = Patience(tries=5, first_pause_s=0.001, longest_pause_s=0.002, jitter=lambda: 0.0)


class _Busy:
    """An attempt that fails a number of times."""

    def __init__(self, failures: int, error: Exception | None = None) -> None:
        self.failures = failures
        self.tries = 0
        self.error = error or StorageBusy("busy")

    async def __call__(self) -> int:
        self.tries += 1
        if self.tries <= self.failures:
            raise self.error
        return self.tries


async def test_an_attempt_is_repeated_until_it_succeeds() -> None:
    assert await _QUICK.repeat(_Busy(0)) == 1
    assert await _QUICK.repeat(_Busy(4)) == 5


async def test_after_the_last_try_the_caller_hears_that_the_database_is_busy() -> None:
    attempt = _Busy(100)
    with pytest.raises(StorageBusy):
        await _QUICK.repeat(attempt)
    assert attempt.tries == 5


async def test_nothing_is_begun_anew_after_the_time_is_up() -> None:
    attempt = _Busy(100)
    with pytest.raises(StorageBusy):
        await replace(_QUICK, give_up_after_s=0.0).repeat(attempt)
    assert attempt.tries == 1


@pytest.mark.parametrize("error", [AlreadyExists("one"), Unavailable("nobody knows"), LookupError("other")])
async def test_nothing_but_busy_is_repeated(error: Exception) -> None:
    attempt = _Busy(1, error)
    with pytest.raises(type(error)):
        await _QUICK.repeat(attempt)
    assert attempt.tries == 1


async def test_pauses_grow_and_are_spread() -> None:
    drawn: list[float] = []

    def draw() -> float:
        drawn.append(0.5)
        return 0.5

    patience = Patience(tries=4, first_pause_s=0.002, longest_pause_s=0.004, jitter=draw)
    begun = asyncio.get_running_loop().time()
    await patience.repeat(_Busy(3))
    took_s = asyncio.get_running_loop().time() - begun
    assert len(drawn) == 3
    assert took_s >= 0.75 * (0.002 + 0.004 + 0.004)


async def test_a_story_may_be_told_after_another_but_not_inside_it() -> None:
    async def outer() -> None:
        await _QUICK.repeat_story(_Busy(0))

    assert await _QUICK.repeat_story(_Busy(1)) == 2
    with pytest.raises(RuntimeError):
        await _QUICK.repeat_story(outer)
    assert await _QUICK.repeat_story(_Busy(1)) == 2
