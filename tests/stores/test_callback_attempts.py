"""The delivery log: every attempt once, a success wherever it stands, and nobody else's."""

from __future__ import annotations

import pytest

from tests.stores.planting import LATER, NOW, TRANSACTION, do
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.callbacks import Attempt, Delivery, DeliveryState
from token_server.stores import callback_attempts, callbacks, transactions
from token_server.stores.callbacks import Letter

URI, CLIENT = "https://shop.example/callback", TRANSACTION.client_id


@pytest.fixture
async def written(database: Database) -> Database:
    """The database with one letter."""
    await transactions.begin(database, TRANSACTION)
    await do(database, callbacks.add, "t1", CLIENT, URI, now=NOW, give_up_at=LATER)
    return database


async def take(database: Database, now: int) -> Letter:
    [letter] = await callbacks.claim(database, now=now, claimed_until=now + 100, most=10)
    return letter


async def delivery(database: Database, client_id: str = CLIENT, most: int = 100) -> Delivery | None:
    return await callback_attempts.find_delivery(database.read, "t1", client_id=client_id, most=most)


async def fail(database: Database, now: int, result: str = "503") -> None:
    letter = await take(database, now)
    await do(database, callbacks.postpone, letter, now=now, next_attempt_at=now + 5, result=result)


async def succeed(database: Database, now: int) -> None:
    await do(database, callbacks.mark_delivered, await take(database, now), now=now, result="204")


async def test_a_letter_that_nobody_has_tried_yet_waits(written: Database) -> None:
    assert await delivery(written) == Delivery("t1", URI, NOW, NOW, None, None, [])


async def test_failures_and_the_success_are_told_in_their_order(written: Database) -> None:
    await fail(written, NOW, "timeout")
    await fail(written, NOW + 5)
    await succeed(written, NOW + 10)
    attempts = [Attempt(1, NOW, "timeout"), Attempt(2, NOW + 5, "503"), Attempt(3, NOW + 10, "204")]
    assert await delivery(written) == Delivery("t1", URI, NOW, None, NOW + 10, None, attempts)


async def test_giving_up_is_an_attempt_too(written: Database) -> None:
    await do(written, callbacks.give_up, await take(written, NOW), now=NOW + 1, result="404")
    found = await delivery(written)
    assert found == Delivery("t1", URI, NOW, None, None, NOW + 1, [Attempt(1, NOW + 1, "404")])
    assert found.state is DeliveryState.GIVEN_UP


async def test_only_the_portal_that_started_it_finds_it(written: Database) -> None:
    assert await delivery(written, "rival") is None
    assert await callback_attempts.find_delivery(written.read, "t2", client_id=CLIENT, most=1) is None


async def test_an_attempt_that_is_reported_twice_is_noted_once(written: Database) -> None:
    letter = await take(written, NOW)
    for now in (NOW, NOW + 1):
        await do(written, callbacks.postpone, letter, now=now, next_attempt_at=NOW + 5, result="503")
    found = await delivery(written)
    assert found is not None
    assert found.attempts == [Attempt(1, NOW, "503")]


async def test_the_failure_of_whoever_lost_the_lease_is_on_record_too(written: Database) -> None:
    slow = await take(written, NOW)
    await succeed(written, NOW + 100)
    await do(written, callbacks.postpone, slow, now=NOW + 101, next_attempt_at=NOW + 105, result="timeout")
    found = await delivery(written)
    assert found is not None
    assert found.state is DeliveryState.DELIVERED
    assert [(each.number, each.result) for each in found.attempts] == [(1, "timeout"), (2, "204")]


async def test_no_more_than_the_last_ones_are_told(written: Database) -> None:
    for number in range(4):
        await fail(written, NOW + 5 * number)
    await succeed(written, NOW + 50)
    found = await delivery(written, most=3)
    assert found is not None
    assert [each.number for each in found.attempts] == [3, 4, 5]


@pytest.mark.parametrize("ending", ["delivered", "given up"])
async def test_a_letter_that_is_over_is_due_again_and_its_story_goes_on(written: Database, ending: str) -> None:
    if ending == "delivered":
        await succeed(written, NOW)
    else:
        await do(written, callbacks.give_up, await take(written, NOW), now=NOW, result="404")
    assert await do(written, callbacks.retry, "t1", client_id=CLIENT, now=NOW + 7) is True
    result = "204" if ending == "delivered" else "404"
    assert await delivery(written) == Delivery("t1", URI, NOW, NOW + 7, None, None, [Attempt(1, NOW, result)])
    await succeed(written, NOW + 7)
    found = await delivery(written)
    assert found is not None
    assert [(each.number, each.result) for each in found.attempts] == [(1, result), (2, "204")]


async def test_a_retry_while_an_attempt_is_under_way_leaves_it_its_lease(written: Database) -> None:
    letter = await take(written, NOW)
    assert await do(written, callbacks.retry, "t1", client_id=CLIENT, now=NOW + 1) is True
    assert await callbacks.claim(written, now=NOW + 99, claimed_until=LATER, most=10) == []
    await do(written, callbacks.mark_delivered, letter, now=NOW + 50, result="204")
    assert await callbacks.claim(written, now=LATER, claimed_until=LATER, most=10) == []


async def test_a_retry_brings_a_waiting_letter_forward(written: Database) -> None:
    letter = await take(written, NOW)
    await do(written, callbacks.postpone, letter, now=NOW, next_attempt_at=LATER, result="503")
    await do(written, callbacks.retry, "t1", client_id=CLIENT, now=NOW + 1)
    assert (await take(written, NOW + 1)).attempts == 2


async def test_nobody_has_another_portals_letter_sent_again_nor_one_that_is_not_there(written: Database) -> None:
    await succeed(written, NOW)
    assert await do(written, callbacks.retry, "t1", client_id="rival", now=NOW + 1) is False
    assert await do(written, callbacks.retry, "t2", client_id=CLIENT, now=NOW + 1) is False
    found = await delivery(written)
    assert found is not None
    assert found.state is DeliveryState.DELIVERED


async def test_a_letter_from_before_letters_said_whose_they_are_is_its_transactions_clients(written: Database) -> None:
    async def forget(unit: UnitOfWork) -> None:
        await unit.run("UPDATE callbacks SET client_id = NULL")

    await written.write(forget)
    assert (await take(written, NOW)).client_id == CLIENT
