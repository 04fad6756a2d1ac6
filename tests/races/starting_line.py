"""Everybody at once, and what became of each."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")

SIXTEEN = range(16)


async def at_once(attempts: Iterable[Awaitable[T]]) -> list[T | BaseException]:
    """Start all attempts in the same turn of the loop and return how each ended, in their order."""
    return await asyncio.gather(*attempts, return_exceptions=True)


def winners(outcomes: Iterable[T | BaseException]) -> list[T]:
    """Those that were not refused."""
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]


def refusals(outcomes: Iterable[T | BaseException]) -> dict[str, int]:
    """How many were refused, by the name of the error."""
    return dict(Counter(type(outcome).__name__ for outcome in outcomes if isinstance(outcome, BaseException)))
