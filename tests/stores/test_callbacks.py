"""The outbox: who may take a letter, and what late news about it can change."""

from __future__ import annotations

import pytest

from tests.stores.planting import LATER, NOW, TRANSACTION, do
from token_server.database.engine import Database
from token_server.domain.errors import AlreadyExists
from token_server.stores import callbacks, transactions
from token_server.stores.callbacks import Letter

URI = "https://shop.example/callback"
CLIENT = TRANSACTION.client_id


async def take(database: Database, now: int, most: int = 10) -> list[Letter]:
    return await callbacks.claim(database, now=now, claimed_until=now + 100, most=most)


@pytest.fixture
async def waiting(database: Database) -> Database:
    """The database with three letters, due one after the other."""
    for number in range(3):
        await transactions.begin(database, TRANSACTION._replace(transaction_id=f"t{number}"))
        await do(database, callbacks.add, f"t{number}", CLIENT, URI, now=NOW + number, give_up_at=LATER)
    return database


async def test_a_transaction_has_one_letter(waiting: Database) -> None:
    with pytest.raises(AlreadyExists):
        await do(waiting, callbacks.add, "t0", CLIENT, URI, now=NOW, give_up_at=LATER)


async def test_letters_are_taken_when_they_are_due_the_longest_due_first(waiting: Database) -> None:
    assert await take(waiting, NOW - 1) == []
    assert await take(waiting, NOW + 2, most=2) != []
    assert [letter.transaction_id for letter in await take(waiting, NOW + 2)] == ["t2"]


async def test_a_taken_letter_is_free_again_when_the_lease_ends(waiting: Database) -> None:
    [letter] = await take(waiting, NOW)
    assert letter == Letter("t0", CLIENT, URI, NOW, LATER, 1)
    assert "t0" not in {letter.transaction_id for letter in await take(waiting, NOW + 99)}
    [again] = [letter for letter in await take(waiting, NOW + 100) if letter.transaction_id == "t0"]
    assert again.attempts == 2


async def test_a_delivered_letter_is_done(waiting: Database) -> None:
    [letter] = await take(waiting, NOW)
    await do(waiting, callbacks.mark_delivered, letter, now=NOW + 5, result="204")
    await do(waiting, callbacks.mark_delivered, letter, now=NOW + 9, result="200")
    assert "t0" not in {each.transaction_id for each in await take(waiting, LATER)}
    row = await waiting.read.first("SELECT delivered_at, last_result FROM callbacks WHERE transaction_id = 't0'")
    assert row is not None
    assert (row["delivered_at"], row["last_result"]) == (NOW + 5, "204")


async def test_a_postponed_letter_is_due_later(waiting: Database) -> None:
    [letter] = await take(waiting, NOW)
    await do(waiting, callbacks.postpone, letter, now=NOW, next_attempt_at=NOW + 50, result="503")
    assert "t0" not in {each.transaction_id for each in await take(waiting, NOW + 49)}
    assert "t0" in {each.transaction_id for each in await take(waiting, NOW + 50)}


async def test_a_letter_that_was_given_up_is_done(waiting: Database) -> None:
    [letter] = await take(waiting, NOW)
    await do(waiting, callbacks.give_up, letter, now=NOW + 5, result="timeout")
    assert "t0" not in {each.transaction_id for each in await take(waiting, LATER)}


async def test_whoever_lost_the_lease_can_neither_postpone_nor_give_up(waiting: Database) -> None:
    [slow] = await take(waiting, NOW)
    await take(waiting, NOW + 100)
    await do(waiting, callbacks.postpone, slow, now=NOW, next_attempt_at=NOW, result="503")
    await do(waiting, callbacks.give_up, slow, now=NOW, result="503")
    row = await waiting.read.first(
        "SELECT given_up_at, claimed_until, last_result FROM callbacks WHERE transaction_id = 't0'"
    )
    assert row is not None
    assert (row["given_up_at"], row["claimed_until"], row["last_result"]) == (None, NOW + 200, None)


async def test_a_delivered_letter_is_not_given_up_or_postponed_any_more(waiting: Database) -> None:
    [letter] = await take(waiting, NOW)
    await do(waiting, callbacks.mark_delivered, letter, now=NOW, result="204")
    await do(waiting, callbacks.postpone, letter, now=NOW, next_attempt_at=NOW, result="503")
    await do(waiting, callbacks.give_up, letter, now=NOW, result="503")
    row = await waiting.read.first("SELECT given_up_at, last_result FROM callbacks WHERE transaction_id = 't0'")
    assert row is not None
    assert (row["given_up_at"], row["last_result"]) == (None, "204")


async def test_whether_anything_is_due_is_what_could_be_taken(waiting: Database) -> None:
    assert not await callbacks.is_anything_due(waiting.read, now=NOW - 1)
    assert await callbacks.is_anything_due(waiting.read, now=NOW)
    await take(waiting, NOW + 2)
    assert not await callbacks.is_anything_due(waiting.read, now=NOW + 101)
    assert await callbacks.is_anything_due(waiting.read, now=NOW + 102)


async def test_an_empty_outbox_has_nothing_due(database: Database) -> None:
    assert not await callbacks.is_anything_due(database.read, now=LATER)
    assert await take(database, NOW) == []
