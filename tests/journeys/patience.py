"""Waiting for something to become true, and never longer than that takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T]], *, timeout_s: float = 10) -> T:
    """Return the first look that shows something."""
    async with asyncio.timeout(timeout_s):
        while not (found := await look()):  # noqa: ASYNC110 - what is looked at is in a database
            await asyncio.sleep(0.02)
        return found
