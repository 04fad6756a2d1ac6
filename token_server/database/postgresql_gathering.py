"""Statements that wait for PostgreSQL together travel together: the same text with many values, one round trip.

A round trip costs this process several times what a statement costs PostgreSQL, and a busy server says the same few
things all the time. Whoever comes while few are under way goes alone and at once; the others gather by text until a
round trip ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from token_server.domain.errors import Unavailable

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_MOST_TOGETHER = 64


class _Waiting(NamedTuple, Generic[Item, Answer]):
    item: Item
    answer: asyncio.Future[Answer]


class Gathering(Generic[Item, Answer]):
    """Decides who goes alone and who goes with whom."""

    def __init__(
        self,
        alone: Callable[[Item], Awaitable[Answer]],
        together: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        *,
        at_once: int,
    ) -> None:
        """Carry items out one by one with `alone`, many of one text with `together`; `at_once` round trips at a time.

        `together` returns an answer for each item, or has done nothing at all when it raises; Unavailable says that
        nobody knows.
        """
        self._alone = alone
        self._together = together
        self._at_once = at_once
        self._waiting: dict[object, list[_Waiting[Item, Answer]]] = {}
        self._under_way = 0
        self._round_trips: set[asyncio.Task[None]] = set()

    async def carry_out(self, text: object, item: Item) -> Answer:
        """Carry out the item, with others of the same text if it has to wait. Errors: those of `alone`."""
        if self._under_way >= self._at_once:
            # Without its types in the call: naming them there costs four times as much as the call.
            waiting: _Waiting[Item, Answer] = _Waiting(item, asyncio.get_running_loop().create_future())
            self._waiting.setdefault(text, []).append(waiting)
            return await waiting.answer
        self._under_way += 1
        try:
            return await self._alone(item)
        finally:
            self._next()

    def _next(self) -> None:
        """Send those who have waited longest on their way, with all others of the same text."""
        self._under_way -= 1
        if self._waiting:
            text = next(iter(self._waiting))
            waiting = self._waiting.pop(text)
            some, others = waiting[:_MOST_TOGETHER], waiting[_MOST_TOGETHER:]
            if others:
                self._waiting[text] = others
            self._under_way += 1
            task = asyncio.get_running_loop().create_task(self._round_trip(some))
            self._round_trips.add(task)
            task.add_done_callback(self._round_trips.discard)

    async def _round_trip(self, waiting: list[_Waiting[Item, Answer]]) -> None:
        going = [each for each in waiting if not each.answer.done()]  # the others' callers were cancelled
        try:
            answers = await self._together([each.item for each in going])
        except Unavailable as error:  # it may have been done, so nobody tries again without being told
            for each in going:
                _refuse(each.answer, error)
        except Exception:  # noqa: BLE001 - one who brings nonsense must not spoil it for others: each goes alone
            await asyncio.gather(*(self._again(each) for each in going))
        else:
            for each, answer in zip(going, answers, strict=True):
                _tell(each.answer, answer)
        finally:
            self._next()

    async def _again(self, waiting: _Waiting[Item, Answer]) -> None:
        try:
            answer = await self._alone(waiting.item)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the one's who brought it
            _refuse(waiting.answer, error)
        else:
            _tell(waiting.answer, answer)


def _tell(future: asyncio.Future[Answer], answer: Answer) -> None:
    if not future.done():
        future.set_result(answer)


def _refuse(future: asyncio.Future[Answer], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
