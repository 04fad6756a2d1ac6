"""The outbox: who gets a letter, when it is tried again, and when nobody tries any more."""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.house import House
from token_server.flows.callbacks import Posting, retry_delay_ms

LEASE_S, TICK_S, RETENTION_S = 12.0, 0.001, 300.0
FIND = "SELECT attempts, next_attempt_at, claimed_until, delivered_at, given_up_at, last_result FROM callbacks"


async def write_letter(house: House) -> None:
    """A letter, by the end of a transaction."""
    await house.start("quick")
    house.clock.move(10)
    await house.flows.expire.sweep()


async def take(house: House) -> Posting:
    [posting] = await house.flows.outbox.take(10)
    return posting


async def nothing_to_take(house: House) -> bool:
    return await house.flows.outbox.take(10) == []


@pytest.mark.parametrize("attempts", range(1, 40))
def test_pauses_double_up_to_the_longest_and_are_spread_over_their_upper_half(attempts: int) -> None:
    ceiling = min(60_000, 1000 * 2 ** (attempts - 1))
    delays = {retry_delay_ms(attempts, 1000, 60_000) for _ in range(200)}
    assert ceiling // 2 <= min(delays)
    assert max(delays) <= ceiling
    assert len(delays) > 20


async def test_a_letter_that_was_taken_is_nobody_elses_while_the_lease_lasts(house: House) -> None:
    await write_letter(house)
    first = await take(house)
    assert first.letter.attempts == 1
    house.clock.move(LEASE_S - TICK_S)
    assert await nothing_to_take(house)
    house.clock.move(TICK_S)
    assert (await take(house)).letter.attempts == 2


async def test_a_delivered_letter_is_never_taken_again(house: House) -> None:
    await write_letter(house)
    posting = await take(house)
    await house.flows.outbox.delivered(posting.letter, "204")
    [row] = await house.rows(FIND)
    assert (row["delivered_at"], row["last_result"]) == (house.clock.now_ms(), "204")
    house.clock.move(RETENTION_S)
    assert await nothing_to_take(house)


async def test_a_failed_letter_is_due_again_after_its_pause(house: House) -> None:
    await write_letter(house)
    posting = await take(house)
    await house.flows.outbox.failed(posting.letter, "503")
    [row] = await house.rows(FIND)
    pause_s = (row["next_attempt_at"] - house.clock.now_ms()) / 1000
    assert 0.5 <= pause_s <= 1
    assert (row["claimed_until"], row["last_result"]) == (0, "503")
    house.clock.move(pause_s - TICK_S)
    assert await nothing_to_take(house)
    house.clock.move(TICK_S)
    assert (await take(house)).letter.attempts == 2


async def test_a_letter_is_given_up_when_its_next_attempt_would_come_after_the_retention(house: House) -> None:
    await write_letter(house)
    while True:
        posting = await take(house)
        await house.flows.outbox.failed(posting.letter, "timeout")
        [row] = await house.rows(FIND)
        if row["given_up_at"] is not None:
            break
        house.clock.move((row["next_attempt_at"] - house.clock.now_ms()) / 1000)
        assert house.clock.now_ms() < posting.letter.give_up_at
    assert 8 <= row["attempts"] <= 20
    house.clock.move(RETENTION_S)
    assert await nothing_to_take(house)
    [event] = await house.rows("SELECT detail FROM audit_events WHERE event = 'callback_given_up'")
    assert "timeout" in event["detail"]


async def test_a_sender_that_was_given_up_for_dead_cannot_take_back_what_another_does(house: House) -> None:
    await write_letter(house)
    slow = await take(house)
    house.clock.move(LEASE_S)
    quick = await take(house)
    await house.flows.outbox.failed(slow.letter, "timeout")
    assert await nothing_to_take(house)
    await house.flows.outbox.delivered(quick.letter, "204")
    await house.flows.outbox.failed(slow.letter, "timeout")
    [row] = await house.rows(FIND)
    assert (row["attempts"], row["last_result"]) == (2, "204")
    assert row["delivered_at"] is not None
    assert row["given_up_at"] is None


async def test_two_senders_that_both_deliver_note_it_once(house: House) -> None:
    await write_letter(house)
    slow = await take(house)
    house.clock.move(LEASE_S)
    quick = await take(house)
    await house.flows.outbox.delivered(quick.letter, "204")
    first_at = house.clock.now_ms()
    house.clock.move(1)
    await house.flows.outbox.delivered(slow.letter, "200")
    [row] = await house.rows(FIND)
    assert (row["delivered_at"], row["last_result"]) == (first_at, "204")


async def test_no_more_are_taken_than_asked_for_and_the_longest_due_first(house: House) -> None:
    for _ in range(3):
        await write_letter(house)
    oldest = (await house.rows("SELECT transaction_id FROM callbacks ORDER BY next_attempt_at"))[0]["transaction_id"]
    [first] = await house.flows.outbox.take(1)
    assert first.letter.transaction_id == oldest
    assert len(await house.flows.outbox.take(10)) == 2


async def test_whoever_waits_wakes_up_for_a_nudge(house: House) -> None:
    waiting = asyncio.create_task(house.flows.outbox.wait(60))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    house.flows.outbox.nudge()
    await asyncio.wait_for(waiting, 2)


async def test_whoever_waits_does_not_sleep_past_a_letter_that_is_due(house: House) -> None:
    await write_letter(house)
    await asyncio.wait_for(house.flows.outbox.wait(60), 2)


async def test_a_password_that_cannot_be_opened_does_not_hold_up_the_other_letters(house: House) -> None:
    await write_letter(house)
    damage = (
        "UPDATE callback_endpoints SET username = 'x', sealed_password = :sealed WHERE callback_uri = :callback_uri"
    )
    [row] = await house.rows("SELECT callback_uri FROM callbacks")
    await house.base.database.write(lambda unit: unit.run(damage, sealed=b"damaged", callback_uri=row["callback_uri"]))
    house.base.configuration.forget()
    other = "UPDATE transactions SET callback_uri = 'https://other.example/' WHERE callback_uri IS NOT NULL"
    await house.start("quick")
    await house.base.database.write(lambda unit: unit.run(other))
    house.clock.move(10)
    await house.flows.expire.sweep()
    taken = [posting.letter.callback_uri for posting in await house.flows.outbox.take(10)]
    assert taken == ["https://other.example/"]
    [spoiled] = await house.rows(f"{FIND} WHERE callback_uri = :uri", uri=row["callback_uri"])
    assert (spoiled["last_result"], spoiled["claimed_until"]) == ("password unreadable", 0)
