"""Every limit in time of a transaction, to the millisecond."""

from __future__ import annotations

import pytest

from tests.flows.house import CALLBACK, SHOP, House, decode
from token_server.domain.errors import Expired, MessageRefused, NotAuthenticated, TransactionNotFound, WrongState
from token_server.flows.mobile_authentication.freshness import CLOCK_SKEW_MS

LIFETIME_S, RETENTION_S, TICK_S = 60.0, 300.0, 0.001


async def test_a_transaction_can_be_claimed_to_its_last_millisecond(house: House) -> None:
    phone, started = await house.phone(), await house.start()
    house.clock.move(LIFETIME_S - TICK_S)
    document = decode(await phone.claim(started.otp))
    assert document["expires_at"] == house.clock.now_ms() + 1
    assert document["initiated_at"] == document["expires_at"] - started.time_to_live


async def test_a_transaction_cannot_be_claimed_when_its_time_is_over(house: House) -> None:
    phone, started = await house.phone(), await house.start()
    house.clock.move(LIFETIME_S)
    with pytest.raises(Expired):
        await phone.claim(started.otp)
    [row] = await house.rows("SELECT state, claimed_at, refused_claims FROM transactions")
    assert row == {"state": "created", "claimed_at": None, "refused_claims": 0}


@pytest.mark.parametrize("decision", ["accept", "deny"])
async def test_an_answer_counts_to_the_last_millisecond(house: House, decision: str) -> None:
    phone, started = await house.phone(), await house.start()
    document = await phone.claim(started.otp)
    house.clock.move(LIFETIME_S - TICK_S)
    assert await phone.answer(started.transaction_id, decision, document) in {"accepted", "denied"}


async def test_an_answer_counts_no_more_when_time_is_over(house: House) -> None:
    phone, started = await house.phone(), await house.start()
    document = await phone.claim(started.otp)
    house.clock.move(LIFETIME_S)
    for _ in range(2):
        with pytest.raises(Expired):
            await phone.answer(started.transaction_id, "accept", document)
        assert await house.flows.expire.sweep() <= 1
    assert await house.state(started.transaction_id) == "expired"
    assert await house.rows("SELECT transaction_id FROM evidence") == []


async def test_the_portal_sees_the_end_in_the_very_millisecond(house: House) -> None:
    started = await house.start()
    house.clock.move(LIFETIME_S - TICK_S)
    assert await house.state(started.transaction_id) == "created"
    assert await house.flows.result.otp_string(SHOP, started.transaction_id) == started.otp
    house.clock.move(TICK_S)
    assert await house.state(started.transaction_id) == "expired"
    with pytest.raises(TransactionNotFound):
        await house.flows.result.otp_string(SHOP, started.transaction_id)


async def test_the_sweeper_ends_what_is_over_once_and_writes_one_letter(house: House) -> None:
    started, longer = await house.start("quick"), await house.start("login")
    house.clock.move(10 - TICK_S)
    assert await house.flows.expire.sweep() == 0
    house.clock.move(TICK_S)
    assert await house.flows.expire.sweep() == 1
    assert await house.flows.expire.sweep() == 0
    [letter] = await house.rows("SELECT transaction_id, callback_uri, created_at, give_up_at FROM callbacks")
    now = house.clock.now_ms()
    assert letter == {
        "transaction_id": started.transaction_id,
        "callback_uri": CALLBACK,
        "created_at": now,
        "give_up_at": now + 300_000,
    }
    assert await house.state(longer.transaction_id) == "created"


async def test_the_sweeper_takes_a_hundred_at_a_time(house: House) -> None:
    for _ in range(101):
        await house.start("quick")
    house.clock.move(10)
    assert await house.flows.expire.sweep() == 100
    assert await house.flows.expire.sweep() == 1


@pytest.mark.parametrize("ending", ["accept", "deny", "expire"])
async def test_a_result_is_readable_to_the_last_millisecond_of_the_retention(house: House, ending: str) -> None:
    phone, started = await house.phone(), await house.start()
    if ending == "expire":
        house.clock.move(LIFETIME_S)
        await house.flows.expire.sweep()
    else:
        await phone.answer(started.transaction_id, ending, await phone.claim(started.otp))
    house.clock.move(RETENTION_S - TICK_S)
    assert await house.state(started.transaction_id) == {"accept": "accepted", "deny": "denied"}.get(ending, "expired")
    house.clock.move(TICK_S)
    with pytest.raises(TransactionNotFound):
        await house.state(started.transaction_id)


async def test_the_retention_is_the_admins_to_set(house: House) -> None:
    await house.configure(result_retention_s=30)
    phone, started = await house.phone(), await house.start()
    await phone.answer(started.transaction_id, "accept", await phone.claim(started.otp))
    house.clock.move(30 - TICK_S)
    assert await house.state(started.transaction_id) == "accepted"
    house.clock.move(TICK_S)
    with pytest.raises(TransactionNotFound):
        await house.state(started.transaction_id)


async def test_a_phone_that_answered_hears_so_to_the_end_of_time(house: House) -> None:
    phone, started = await house.phone(), await house.start()
    document = await phone.claim(started.otp)
    await phone.answer(started.transaction_id, "accept", document)
    house.clock.move(LIFETIME_S + RETENTION_S)
    assert await phone.answer(started.transaction_id, "accept", document) == "accepted"
    with pytest.raises(WrongState):
        await phone.answer(started.transaction_id, "deny", document)


async def test_a_signature_may_be_ten_minutes_older_than_the_transaction_and_no_more(house: House) -> None:
    phone = await house.phone()
    house.clock.move(CLOCK_SKEW_MS / 1000 - 30)
    started = await house.start()
    assert await phone.claim(started.otp)
    house.clock.move(60)
    started = await house.start()
    with pytest.raises(MessageRefused) as caught:
        await phone.claim(started.otp)
    assert caught.value.rule == "signature_too_old"
    assert await house.state(started.transaction_id) == "created"


async def test_an_access_token_lives_to_its_last_second(house: House) -> None:
    phone = await house.phone(enrolled=False)
    house.clock.move(900 - house.clock.now_ms() % 1000 / 1000 - TICK_S)
    assert (await phone.caller()).user_id == "alice"
    house.clock.move(TICK_S)
    with pytest.raises(NotAuthenticated):
        await phone.caller()
