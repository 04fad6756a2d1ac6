"""Answers get lost on their way: whoever asks again hears the same, and nothing happens twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdk_stub.errors import Code
from tests.journeys.lossy_line import LossyLine
from tests.journeys.phones import WirePhoneOf, refusal
from tests.journeys.wire_phone import scan
from tests.support.phone import answer_with, enrolled_phone
from tests.support.server import World
from token_server.stores import audit_events, transactions


async def test_the_same_phone_claims_again_and_gets_the_same_document_byte_for_byte(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    documents = {await phone.challenge(started["otp"]) for _ in range(3)}
    body = phone.seal({**scan(started["otp"]), "nonce": "n"})
    replayed = [phone.open(await phone.post_sealed("claim", body)) for _ in range(2)]
    assert len(documents | {answer["challenge_document"] for answer in replayed}) == 1
    assert await _refused_claims(world, started) == 0


@pytest.mark.parametrize(("decision", "verdict"), [("accept", "accepted"), ("deny", "denied")])
async def test_the_same_answer_again_gets_the_same_verdict_and_the_portal_hears_once(
    world: World, wire_phone_of: WirePhoneOf, decision: str, verdict: str
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    transaction_id = started["transaction_id"]
    document = await phone.challenge(started["otp"])
    first = phone.open(await phone.answer(transaction_id, decision, document))
    ended = await world.result(transaction_id)
    world.clock.move(5)
    again = phone.open(await phone.answer(transaction_id, decision, document))
    assert first == again == {"transaction_id": transaction_id, "verdict": verdict}
    assert await world.result(transaction_id) == ended
    await world.callbacks.wait_for(transaction_id)
    assert world.callbacks.count(transaction_id) == 1
    events = await audit_events.list_of_transaction(world.base.database.read, transaction_id)
    assert [event["event"] for event in events].count(f"transaction_{verdict}") == 1


@pytest.mark.parametrize(("first", "second"), [("accept", "deny"), ("deny", "accept")])
async def test_a_different_answer_is_refused_and_the_first_stands(
    world: World, wire_phone_of: WirePhoneOf, first: str, second: str
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    document = await phone.challenge(started["otp"])
    phone.open(await phone.answer(started["transaction_id"], first, document))
    ended = await world.result(started["transaction_id"])
    evidence = await transactions.find_evidence(world.base.database.read, started["transaction_id"])
    reply = await phone.answer(started["transaction_id"], second, document)
    assert reply.problem == (409, "already_answered")
    assert await world.result(started["transaction_id"]) == ended
    assert await transactions.find_evidence(world.base.database.read, started["transaction_id"]) == evidence


async def test_a_repeated_answer_is_good_after_the_expiry_too(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    started = await world.start("quick")
    document = await phone.challenge(started["otp"])
    phone.open(await phone.answer(started["transaction_id"], "accept", document))
    world.clock.move(60)
    await world.server.flows.expire.sweep()
    verdict = phone.open(await phone.answer(started["transaction_id"], "accept", document))["verdict"]
    assert verdict == "accepted"


@pytest.mark.parametrize("lost", ["claim", "answer", "enrollments", "oauth/token"])
async def test_the_sdk_survives_a_lost_answer_to(lost: str, world: World, tmp_path: Path) -> None:
    async with LossyLine(world.url) as line:
        code = await world.registration_code()
        async with await enrolled_phone(line.url, code, tmp_path) as phone:
            profile = await phone.get_authenticated_user_profile()
            answer_with(phone, "accept")
            started = await world.start()
            line.lose(lost)
            await phone.enroll_mobile_authentication()
            await phone.authenticate_user(profile["id"])
            await phone.handle_mobile_auth_with_otp(started["otp"])
            assert line.lost == 1
            result = await world.result(started["transaction_id"])
            assert (result["is_authenticated"], result["user_id"]) == (True, "alice")
            await world.callbacks.wait_for(started["transaction_id"])
            assert world.callbacks.count(started["transaction_id"]) == 1


async def test_a_denial_whose_verdict_got_lost_is_still_a_denial(world: World, tmp_path: Path) -> None:
    async with LossyLine(world.url) as line:
        code = await world.registration_code()
        async with await enrolled_phone(line.url, code, tmp_path) as phone:
            answer_with(phone, "deny")
            started = await world.start()
            line.lose("answer")
            assert await refusal(phone.handle_mobile_auth_with_otp(started["otp"])) is Code.ActionCanceled
            assert line.lost == 1


async def _refused_claims(world: World, started: dict[str, str]) -> int:
    find = "SELECT refused_claims FROM transactions WHERE transaction_id = :id"
    row = await world.base.database.read.first(find, id=started["transaction_id"])
    assert row is not None
    count: int = row["refused_claims"]
    return count
