"""Codes that change: what is shown, what can be claimed, what is counted and told, and what becomes of the secret."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sdk_stub.otp_strings import read_otp_string
from tests.flows.house import SHOP, House
from tests.support.server import ROTATING, add_type
from token_server.domain.errors import Expired, StaleFrame, TransactionNotFound
from token_server.domain.otp_strings import make_otp_string
from token_server.flows.mobile_authentication.start import Started

FRESH_MS = 6_000  # one second on show, five in the window
COUNTS = "SELECT stale_frames, refused_claims, sealed_frame_secret FROM transactions WHERE transaction_id = :id"


@pytest.fixture
async def turning(house: House) -> Started:
    """A transaction whose code has just begun a new second."""
    await add_type(house.base, ROTATING)
    house.clock.move(1 - house.clock.now_ms() % 1000 / 1000)
    return await house.start("rotating")


async def counts(house: House, started: Started) -> tuple[int, int]:
    """Stale frames and refused claims of the transaction."""
    row = (await house.rows(COUNTS, id=started.transaction_id))[0]
    return row["stale_frames"], row["refused_claims"]


async def shown(house: House, started: Started) -> str:
    """What the QR code says now."""
    return await house.flows.result.otp_string(SHOP, started.transaction_id)


async def test_what_starts_a_login_is_the_code_of_now_and_it_changes_every_second(
    house: House, turning: Started
) -> None:
    texts = [turning.otp]
    assert await shown(house, turning) == turning.otp
    for _ in range(3):
        house.clock.move(0.999)
        assert await shown(house, turning) == texts[-1]
        house.clock.move(0.001)
        texts.append(await shown(house, turning))
    read = [read_otp_string(text) for text in texts]
    assert len({each.frame for each in read}) == 4
    assert {(each.transaction_id, each.otp) for each in read} == {(turning.transaction_id, read[0].otp)}


@pytest.mark.parametrize(("age_ms", "is_claimed"), [(0, True), (FRESH_MS - 1, True), (FRESH_MS, False)])
async def test_a_code_can_be_claimed_for_five_seconds_after_it_changed(
    house: House, turning: Started, age_ms: int, *, is_claimed: bool
) -> None:
    phone = await house.phone()
    house.clock.move(age_ms / 1000)
    if is_claimed:
        document = await phone.claim(turning.otp)
        assert await phone.answer(turning.transaction_id, "accept", document) == "accepted"
        return
    with pytest.raises(StaleFrame):
        await phone.claim(turning.otp)
    assert await house.state(turning.transaction_id) == "created"


async def test_a_stale_code_is_counted_audited_and_told_to_the_dashboard_and_the_next_one_works(
    house: House, turning: Started
) -> None:
    phone = await house.phone()
    house.clock.move(10)
    for _ in range(2):
        with pytest.raises(StaleFrame):
            await phone.claim(turning.otp)
    assert await counts(house, turning) == (2, 0)
    verdicts = [detail["verdict"] for name, detail in await house.events(turning.transaction_id) if "claim" in name]
    assert verdicts == ["stale_frame", "stale_frame"]
    assert b'token_server_stale_frames_total{type="rotating"} 2.0' in house.base.telemetry.exposition()
    assert await phone.claim(await shown(house, turning))
    assert await counts(house, turning) == (2, 0)


@pytest.mark.parametrize("frame", [None, "0", "0000000000", "9" * 512, "later", "-1", "1e9"])
async def test_no_frame_or_one_that_never_was_is_no_better_than_an_old_one(
    house: House, turning: Started, frame: str | None
) -> None:
    phone = await house.phone()
    with pytest.raises(StaleFrame):
        await phone.claim(turning.otp, frame=frame)
    assert await counts(house, turning) == (1, 0)


async def test_a_frame_of_another_transaction_is_worth_nothing(house: House, turning: Started) -> None:
    phone, other = await house.phone(), await house.start("rotating")
    with pytest.raises(StaleFrame):
        await phone.claim(turning.otp, frame=read_otp_string(other.otp).frame)


async def test_who_does_not_hold_the_code_learns_nothing_of_frames(house: House, turning: Started) -> None:
    phone = await house.phone()
    for age_s in 0, 10:
        house.clock.move(age_s)
        with pytest.raises(TransactionNotFound):
            await phone.claim(turning.otp, otp="A" * 22)
    assert await counts(house, turning) == (0, 2)


async def test_who_has_claimed_may_do_so_again_with_a_code_of_any_age(house: House, turning: Started) -> None:
    phone, stranger = await house.phone(), await house.phone("mallory")
    document = await phone.claim(turning.otp)
    house.clock.move(30)
    assert await phone.claim(turning.otp) == document
    assert await phone.claim(turning.otp, frame=None) == document
    with pytest.raises(TransactionNotFound):
        await stranger.claim(turning.otp)
    assert await counts(house, turning) == (0, 1)


async def test_the_secret_is_sealed_and_goes_when_a_phone_claims_or_time_runs_out(
    house: House, turning: Started
) -> None:
    phone, other, longer = await house.phone(), await house.start("rotating"), await house.start("rotating")
    sealed = [(await house.find(each.transaction_id)).sealed_frame_secret for each in (turning, other, longer)]
    assert all(each is not None and len(each) == 1 + 8 + 12 + 32 + 16 for each in sealed)
    assert len(set(sealed)) == 3
    await phone.claim(turning.otp)
    assert (await house.find(turning.transaction_id)).sealed_frame_secret is None
    house.clock.move(60)
    assert await house.flows.expire.sweep() == 3
    assert (await house.find(other.transaction_id)).sealed_frame_secret is None
    with pytest.raises(TransactionNotFound):
        await shown(house, turning)


async def test_too_late_is_too_late_whatever_the_frame(house: House, turning: Started) -> None:
    phone = await house.phone()
    house.clock.move(60)
    with pytest.raises(Expired) as caught:
        await phone.claim(turning.otp)
    assert type(caught.value) is Expired


async def test_the_last_code_is_not_shown_for_longer_than_the_transaction_lives(house: House) -> None:
    await add_type(house.base, replace(ROTATING, name="slow", rotation_s=30, expires_in_s=10))
    started = await house.start("slow")
    transaction = await house.find(started.transaction_id)
    frame = house.flows.claim._codes.current_frame(transaction)  # noqa: SLF001 - the codes are the flows' own
    assert frame.text == started.otp
    assert frame.shown_until_ms <= transaction.expires_at


async def test_a_code_that_stays_has_no_frame_and_no_secret_and_minds_none(house: House) -> None:
    phone, started = await house.phone(), await house.start()
    assert read_otp_string(started.otp).frame is None
    transaction = await house.find(started.transaction_id)
    assert (transaction.rotation_s, transaction.accept_window_s, transaction.sealed_frame_secret) == (0, 0, None)
    house.clock.move(59)
    assert await shown(house, started) == started.otp
    read = read_otp_string(started.otp)
    assert await phone.claim(make_otp_string(started.transaction_id, read.otp, "0123456789"))


async def test_what_the_admin_changes_holds_for_the_next_login(house: House, turning: Started) -> None:
    phone = await house.phone()
    await add_type(house.base, replace(ROTATING, rotation_s=0))
    house.clock.move(10)
    with pytest.raises(StaleFrame):
        await phone.claim(turning.otp)
    assert read_otp_string((await house.start("rotating")).otp).frame is None
