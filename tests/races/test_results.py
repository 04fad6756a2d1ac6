"""What a portal has been told of an ending stays true, even when it asks while an answer is on its way to the disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar, cast

from tests.races.nodes import ISSUER, PORTAL, Node, OpenNodes, enrolled
from tests.support.clock import FrozenClock
from token_server.app.flows import build_flows
from token_server.database.engine import Database, Move, Row, UnitOfWork
from token_server.database.sqlite import carry_out

T = TypeVar("T")


class HeldDatabase:
    """A database whose units of work, once told, wait to be let go before they are committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_told, self.may_commit = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)

    async def write(self, story: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """As the database, but later."""

        async def held(unit: UnitOfWork) -> T:
            result = await story(unit)
            self.is_told.set()
            await self.may_commit.wait()
            return result

        return await self._database.write(held)

    async def move(self, move: Move) -> list[Row]:
        """As the database, but later, and so in a unit of work that can be held back on both engines."""
        return await self.write(partial(carry_out, move=move))


async def test_a_result_does_not_change_after_it_was_told_as_final(open_nodes: OpenNodes) -> None:
    answering, asking = [FrozenClock(time.time_ns() // 1_000_000) for _ in range(2)]
    nodes = await open_nodes(answering, asking)
    phone, started = await enrolled(nodes[0]), await nodes[0].start()
    document = await phone.claim(nodes[0], started.otp)
    answering.move(59.999)
    asking.move(60)
    held = HeldDatabase(nodes[0].base.database)
    base = replace(nodes[0].base, database=cast("Database", held))
    slow = Node(base, build_flows(base, ISSUER))
    answer = asyncio.create_task(phone.answer(slow, started.transaction_id, "accept", document))
    async with asyncio.timeout(10):
        await held.is_told.wait()
    ask = asyncio.create_task(nodes[1].flows.result.fetch(PORTAL, started.transaction_id))
    await asyncio.wait([ask], timeout=0.1)  # it may answer at once, or wait for whoever is about to commit
    held.may_commit.set()
    first, verdict = (await ask).state, await answer
    again = (await nodes[1].flows.result.fetch(PORTAL, started.transaction_id)).state
    slow.flows.news.close()
    assert (first.value, verdict, again.value) == ("accepted", "accepted", "accepted")
