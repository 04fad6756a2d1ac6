"""The other tests of this folder bite: the same races with "first I read, then I write" let many in on PostgreSQL.

Every story here does what one of the flows does, over the same two nodes, but changes what it has just read instead of
guarding the change. SQLite has one writer, so there even these have one winner: green on SQLite alone is half green.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from tests.races.nodes import Node
from tests.races.starting_line import SIXTEEN, Meeting, at_once, refusals, winners
from token_server.database.engine import UnitOfWork

Story = Callable[[UnitOfWork], Awaitable[bool]]
Prepare = Callable[[Node, Meeting], Awaitable[Callable[[int], Story]]]


async def claim_a_transaction(node: Node, meeting: Meeting) -> Callable[[int], Story]:
    key = (await node.start()).transaction_id

    async def story(number: int, unit: UnitOfWork) -> bool:
        row = await unit.first("SELECT state FROM transactions WHERE transaction_id = :key", key=key)
        if row is None or row["state"] != "created":
            return False
        await meeting.wait()
        claim = "UPDATE transactions SET state = 'claimed', device_id = :device WHERE transaction_id = :key"
        await unit.run(claim, key=key, device=f"device-{number}")
        return True

    return lambda number: partial(story, number)


async def use_a_registration_code(node: Node, meeting: Meeting) -> Callable[[int], Story]:
    await node.registration_code()

    async def story(number: int, unit: UnitOfWork) -> bool:
        row = await unit.first("SELECT code_hash, used_at FROM registration_codes")
        if row is None or row["used_at"] is not None:
            return False
        await meeting.wait()
        use = "UPDATE registration_codes SET used_at = 1, used_by_device = :device WHERE code_hash = :key"
        await unit.run(use, key=row["code_hash"], device=f"device-{number}")
        return True

    return lambda number: partial(story, number)


async def rotate_a_refresh_token(node: Node, meeting: Meeting) -> Callable[[int], Story]:
    await node.caller()

    async def story(_: int, unit: UnitOfWork) -> bool:
        row = await unit.first("SELECT grant_id, generation FROM grants")
        if row is None or row["generation"] != 0:
            return False
        await meeting.wait()
        await unit.run("UPDATE grants SET generation = 1 WHERE grant_id = :key", key=row["grant_id"])
        return True

    return lambda number: partial(story, number)


async def take_a_letter(node: Node, meeting: Meeting) -> Callable[[int], Story]:
    key = (await node.start()).transaction_id
    write = """INSERT INTO callbacks (transaction_id, callback_uri, created_at, next_attempt_at, give_up_at,
        claimed_until, attempts) VALUES (:key, 'https://shop.example', 0, 0, 9, 0, 0)"""
    await node.base.database.write(lambda unit: unit.run(write, key=key))

    async def story(_: int, unit: UnitOfWork) -> bool:
        row = await unit.first("SELECT claimed_until FROM callbacks WHERE transaction_id = :key", key=key)
        if row is None or row["claimed_until"] > 0:
            return False
        await meeting.wait()
        await unit.run("UPDATE callbacks SET claimed_until = 9 WHERE transaction_id = :key", key=key)
        return True

    return lambda number: partial(story, number)


@pytest.mark.parametrize(
    "prepare", [claim_a_transaction, use_a_registration_code, rotate_a_refresh_token, take_a_letter]
)
async def test_reading_and_then_writing_lets_many_in_where_there_is_more_than_one_writer(
    nodes: list[Node], prepare: Prepare
) -> None:
    story_of = await prepare(nodes[0], Meeting(nodes[0].base.database))
    outcomes = await at_once(nodes[each % 2].base.database.write(story_of(each)) for each in SIXTEEN)
    assert refusals(outcomes) == {}
    let_in = sum(winners(outcomes))
    assert let_in > 1 if nodes[0].base.database.engine == "postgresql" else let_in == 1


async def test_looking_before_the_story_lets_many_in_on_both_engines(nodes: list[Node]) -> None:
    """A look outside the unit of work is worth nothing anywhere; even one writer carries all sixteen out."""
    started = await nodes[0].start()
    look = "SELECT state FROM transactions WHERE transaction_id = :key"
    change = "UPDATE transactions SET state = 'claimed' WHERE transaction_id = :key"
    all_have_looked = asyncio.Barrier(len(SIXTEEN))

    async def attempt(node: Node) -> bool:
        row = await node.base.database.read.first(look, key=started.transaction_id)
        await all_have_looked.wait()
        if row is None or row["state"] != "created":
            return False
        return await node.base.database.write(lambda unit: unit.run(change, key=started.transaction_id)) == 1

    assert sum(winners(await at_once(attempt(nodes[each % 2]) for each in SIXTEEN))) == len(SIXTEEN)
