"""Everybody at once, and what became of each."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from typing import TypeVar

from token_server.database.engine import Database

T = TypeVar("T")

SIXTEEN = range(16)


class Meeting:
    """Where the first two of many meet, between looking and acting; chance alone would have them miss each other.

    SQLite has one writer, who would wait there for ever, so nobody waits.
    """

    def __init__(self, database: Database) -> None:
        """Have those meet who write to that database at once."""
        self._barrier = asyncio.Barrier(2)
        self._awaited = self._barrier.parties if database.engine == "postgresql" else 0

    async def wait(self) -> None:
        """Return when another one is here, too; those who come later go on."""
        if self._awaited:
            self._awaited -= 1
            await self._barrier.wait()


async def at_once(attempts: Iterable[Awaitable[T]]) -> list[T | BaseException]:
    """Start all attempts in the same turn of the loop and return how each ended, in their order."""
    return await asyncio.gather(*attempts, return_exceptions=True)


def winners(outcomes: Iterable[T | BaseException]) -> list[T]:
    """Those that were not refused."""
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]


def refusals(outcomes: Iterable[T | BaseException]) -> dict[str, int]:
    """How many were refused, by the name of the error."""
    return dict(Counter(type(outcome).__name__ for outcome in outcomes if isinstance(outcome, BaseException)))
