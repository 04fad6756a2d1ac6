"""The user says "this was not me": what ends with it, what cannot be claimed any more, and whom it does not concern."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.flows.house import SHOP, FlowPhone, House
from token_server.domain.errors import TransactionNotFound, WrongState
from token_server.flows.mobile_authentication.start import Started

ADDRESS = "203.0.113.7"
LETTERS = "SELECT transaction_id FROM callbacks WHERE transaction_id = :id"
REPORTS = "SELECT device_id, user_id, client_id, ip_address FROM not_me_reports"


async def start(house: House, ip_address: str | None = ADDRESS) -> Started:
    """Start a transaction from an address."""
    return await house.start(ip_address=ip_address)


async def report(house: House, phone: FlowPhone, ip_address: str | None = ADDRESS) -> Started:
    """Let the phone's user say that a transaction from that address was not theirs."""
    started = await start(house, ip_address)
    document = await phone.claim(started.otp)
    assert await phone.answer(started.transaction_id, "deny", document, reason="not_me") == "denied"
    return started


async def test_the_others_of_the_same_stranger_on_that_phone_end_with_it_and_their_portal_is_called(
    house: House,
) -> None:
    phone = await house.phone()
    others = [await start(house) for _ in range(3)]
    documents = [await phone.claim(other.otp) for other in others]
    reported = await report(house, phone)
    for other, document in zip(others, documents, strict=True):
        ended = await house.find(other.transaction_id)
        assert (ended.state, ended.reason) == ("denied", "not_me")
        assert ended.not_authenticated == ("not_me", "The user says that it was not them")
        assert len(await house.rows(LETTERS, id=other.transaction_id)) == 1
        assert ("transaction_denied", {"reason": "not_me"}) in await house.events(other.transaction_id)
        with pytest.raises(WrongState):
            await phone.answer(other.transaction_id, "accept", document)
    stored = await house.find(reported.transaction_id)
    assert (stored.state, stored.reason) == ("denied", "not_me")
    row = {"device_id": phone.device.device_id, "user_id": "alice", "client_id": "shop", "ip_address": ADDRESS}
    assert await house.rows(REPORTS) == [row]
    exposition = house.base.telemetry.exposition()
    assert b'token_server_transactions_ended_total{outcome="denied",type="login"} 4.0' in exposition


async def test_what_the_stranger_has_started_cannot_be_claimed_by_that_phone_and_looks_like_nothing(
    house: House,
) -> None:
    phone, waiting = await house.phone(), await start(house)
    await report(house, phone)
    for _ in range(2):
        with pytest.raises(TransactionNotFound, match="There is no such mobile authentication request"):
            await phone.claim(waiting.otp)
    assert await house.state(waiting.transaction_id) == "created"
    refused = [detail for name, detail in await house.events(waiting.transaction_id) if name != "transaction_started"]
    assert refused == [{"verdict": "barred"}] * 2
    counted = await house.rows(
        "SELECT refused_claims FROM transactions WHERE transaction_id = :id", id=waiting.transaction_id
    )
    assert counted == [{"refused_claims": 2}]


async def test_everybody_else_at_that_address_goes_on(house: House) -> None:
    alice, bob = await house.phone("alice"), await house.phone("bob")
    held, waiting = await start(house), await start(house)
    document = await bob.claim(held.otp)
    await report(house, alice)
    assert await bob.answer(held.transaction_id, "accept", document) == "accepted"
    assert await bob.answer(waiting.transaction_id, "accept", await bob.claim(waiting.otp)) == "accepted"


async def test_another_user_of_the_same_phone_is_not_concerned(house: House) -> None:
    alice = await house.phone("alice")
    bob = await house.phone("bob", device=alice.device)
    held, waiting = await start(house), await start(house)
    document = await bob.claim(held.otp)
    await report(house, alice)
    assert await bob.answer(held.transaction_id, "accept", document) == "accepted"
    assert await bob.answer(waiting.transaction_id, "accept", await bob.claim(waiting.otp)) == "accepted"


async def test_another_phone_of_the_same_user_is_not_concerned(house: House) -> None:
    phone, other = await house.phone(), await house.phone()
    waiting = await start(house)
    await report(house, phone)
    assert await other.claim(waiting.otp)


async def test_other_addresses_other_portals_and_no_address_at_all_are_not_concerned(house: House) -> None:
    phone = await house.phone()
    elsewhere, nowhere = await start(house, "203.0.113.8"), await start(house, None)
    bank, held_of_bank = [
        await house.start(client=replace(SHOP, client_id="bank"), ip_address=ADDRESS) for _ in range(2)
    ]
    held = [await start(house, "203.0.113.9"), held_of_bank]
    documents = [await phone.claim(each.otp) for each in held]
    await report(house, phone)
    for other in elsewhere, nowhere, bank:
        assert await phone.claim(other.otp)
    for each, document in zip(held, documents, strict=True):
        assert await phone.answer(each.transaction_id, "accept", document) == "accepted"


async def test_the_user_may_log_in_from_that_address_afterwards(house: House) -> None:
    phone = await house.phone()
    await report(house, phone)
    house.clock.move(0.001)
    started = await start(house)
    assert await phone.answer(started.transaction_id, "accept", await phone.claim(started.otp)) == "accepted"


async def test_without_an_address_only_the_one_transaction_ends(house: House) -> None:
    phone, other = await house.phone(), await start(house, None)
    document = await phone.claim(other.otp)
    reported = await report(house, phone, None)
    assert (await house.find(reported.transaction_id)).reason == "not_me"
    assert await house.rows(REPORTS) == []
    assert await phone.answer(other.transaction_id, "accept", document) == "accepted"


async def test_other_denials_report_nobody(house: House) -> None:
    phone, waiting, started = await house.phone(), await start(house), await start(house)
    document = await phone.claim(started.otp)
    await phone.answer(started.transaction_id, "deny", document, reason="changed_my_mind")
    assert await house.rows(REPORTS) == []
    assert await phone.claim(waiting.otp)


async def test_saying_it_twice_is_saying_it_once(house: House) -> None:
    phone, started = await house.phone(), await start(house)
    document = await phone.claim(started.otp)
    for _ in range(3):
        assert await phone.answer(started.transaction_id, "deny", document, reason="not_me") == "denied"
    assert len(await house.rows(REPORTS)) == 1
    assert len(await house.rows(LETTERS, id=started.transaction_id)) == 1


async def test_a_report_about_what_has_ended_reports_nobody(house: House) -> None:
    phone, started = await house.phone(), await start(house)
    document = await phone.claim(started.otp)
    await phone.answer(started.transaction_id, "accept", document)
    with pytest.raises(WrongState):
        await phone.answer(started.transaction_id, "deny", document, reason="not_me")
    assert await house.rows(REPORTS) == []


async def test_what_was_claimed_in_the_moment_of_the_report_cannot_be_accepted_and_ends_too(house: House) -> None:
    """Between two nodes a claim can slip through beside the report; the acceptance asks again."""
    phone, held = await house.phone(), await start(house)
    document = await phone.claim(held.otp)
    slip = "UPDATE transactions SET ip_address = :address WHERE transaction_id = :id"
    await house.base.database.write(lambda unit: unit.run(slip, id=held.transaction_id, address="elsewhere"))
    await report(house, phone)
    await house.base.database.write(lambda unit: unit.run(slip, id=held.transaction_id, address=ADDRESS))
    with pytest.raises(WrongState):
        await phone.answer(held.transaction_id, "accept", document)
    ended = await house.find(held.transaction_id)
    assert (ended.state, ended.reason) == ("denied", "not_me")
    assert len(await house.rows(LETTERS, id=held.transaction_id)) == 1
    assert (
        await house.rows("SELECT transaction_id FROM evidence WHERE transaction_id = :id", id=held.transaction_id) == []
    )
