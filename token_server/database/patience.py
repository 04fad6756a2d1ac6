"""Repeating a unit of work while the database is busy: in this one place, for both engines."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic
from typing import ParamSpec, TypeVar

from token_server.domain.errors import StorageBusy

T = TypeVar("T")
P = ParamSpec("P")

_inside_a_story: ContextVar[bool] = ContextVar("_inside_a_story", default=False)


@dataclass(frozen=True)
class Patience:
    """How often and how long something is repeated while the database is busy. Units: seconds."""

    tries: int = 8
    first_pause_s: float = 0.005
    longest_pause_s: float = 0.5
    give_up_after_s: float = 8.0
    jitter: Callable[[], float] = random.random
    """A number from 0 to 1; those who collided must not come back at the same moment."""

    async def repeat(self, attempt: Callable[P, Awaitable[T]], *about: P.args, **named: P.kwargs) -> T:
        """What the attempt returns, tried anew while it raises StorageBusy.

        Errors: StorageBusy when patience ran out, and everything else that the attempt raises, at once.
        """
        give_up_at = monotonic() + self.give_up_after_s
        for number in range(self.tries - 1):
            try:
                return await attempt(*about, **named)
            except StorageBusy:
                pause = min(self.first_pause_s * 2**number, self.longest_pause_s) * (0.5 + self.jitter() / 2)
                if monotonic() + pause >= give_up_at:
                    raise
                await asyncio.sleep(pause)
        return await attempt(*about, **named)

    async def repeat_story(self, attempt: Callable[P, Awaitable[T]], *about: P.args, **named: P.kwargs) -> T:
        """Like `repeat`, for a unit of work, which must not be begun inside another one's story.

        Errors: RuntimeError for a unit inside a unit. On SQLite it would wait for itself for ever.
        """
        if _inside_a_story.get():
            raise RuntimeError("a story must not begin another unit of work; hand the one it has to whoever needs it")
        mark = _inside_a_story.set(True)
        try:
            return await self.repeat(attempt, *about, **named)
        finally:
            _inside_a_story.reset(mark)
