"""Logins that end otherwise: too late, with a wrong code, on a second phone, with something else than was shown."""

from __future__ import annotations

import base64
import uuid

import pytest

from sdk_stub.errors import Code
from tests.journeys.phones import PhoneOf, WirePhoneOf, refusal
from tests.support.phone import answer_with
from tests.support.server import World

EXPIRED = {"reason": "expired", "description": "Mobile authentication request expired"}
RETENTION_S = 300


async def test_nobody_answers_and_the_portal_is_told_that_time_ran_out(world: World) -> None:
    started = await world.start("quick")
    transaction_id = started["transaction_id"]
    world.clock.move(10)
    heard = await world.callbacks.wait_for(transaction_id)
    assert heard.body == {"callback_uri": world.callbacks.url, "transaction_id": transaction_id}
    result = await world.result(transaction_id)
    assert (result["is_authenticated"], result["not_authenticated_reason"]) == (False, EXPIRED)
    assert "user_id" not in result
    await world.server.flows.expire.sweep()
    assert world.callbacks.count(transaction_id) == 1


@pytest.mark.parametrize("ending", ["expired", "accepted"])
async def test_a_result_can_be_read_for_the_retention_time_and_then_is_gone(
    world: World, wire_phone_of: WirePhoneOf, ending: str
) -> None:
    started = await world.start()
    transaction_id = started["transaction_id"]
    if ending == "expired":
        world.clock.move(60)
        await world.server.flows.expire.sweep()
    else:
        phone = await wire_phone_of(world)
        phone.open(await phone.answer(transaction_id, "accept", await phone.challenge(started["otp"])))
    world.clock.move(RETENTION_S - 5)
    assert (await world.result(transaction_id))["status"] == 200
    world.clock.move(5)
    gone = await world.result(transaction_id)
    assert (gone["status"], gone["error"], gone["error_code"]) == (404, "not_found", 3004)


async def test_a_transaction_is_expired_for_everybody_before_the_sweeper_comes_by(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start("quick")
    world.clock.move(10)
    result = await world.result(started["transaction_id"])
    assert result["not_authenticated_reason"] == EXPIRED
    assert (await phone.claim(started["otp"])).problem == (410, "expired")


async def test_an_answer_that_comes_too_late_changes_nothing(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    started = await world.start("quick")
    document = await phone.challenge(started["otp"])
    world.clock.move(10)
    reply = await phone.answer(started["transaction_id"], "accept", document)
    assert reply.problem == (410, "expired")
    await world.server.flows.expire.sweep()
    assert (await phone.answer(started["transaction_id"], "accept", document)).problem == (410, "expired")
    result = await world.result(started["transaction_id"])
    assert (result["is_authenticated"], result["not_authenticated_reason"]) == (False, EXPIRED)


async def test_the_sdk_calls_a_late_answer_not_found(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world)
    started = await world.start("quick")
    events = answer_with(phone, "accept")
    world.clock.move(10)
    assert await refusal(phone.handle_mobile_auth_with_otp(started["otp"])) is Code.MobileAuthenticationRequestNotFound
    assert events == []


async def test_a_wrong_code_changes_nothing_and_the_right_one_still_counts(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    for wrong in ("x", "A" * 22, base64.b64encode(b"\0" * 16).decode()):
        assert (await phone.claim(started["otp"], otp=wrong)).problem == (404, "transaction_not_found")
    phone.open(await phone.answer(started["transaction_id"], "accept", await phone.challenge(started["otp"])))
    assert (await world.result(started["transaction_id"]))["is_authenticated"] is True


async def test_a_foreign_claim_a_wrong_code_and_an_unknown_transaction_look_alike(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    first, second = await wire_phone_of(world, "alice"), await wire_phone_of(world, "mallory")
    started = await world.start()
    await first.challenge(started["otp"])
    replies = [
        await second.claim(started["otp"]),
        await second.claim(started["otp"], otp="wrong"),
        await second.claim(started["otp"], transaction_id=str(uuid.uuid4())),
        await second.answer(started["transaction_id"], "accept", "AAAA"),
        await second.answer(str(uuid.uuid4()), "accept", "AAAA"),
    ]
    assert [reply.status for reply in replies] == [404] * len(replies)
    bodies = [{name: value for name, value in reply.json.items() if name != "request_id"} for reply in replies]
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["code"] == "transaction_not_found"


async def test_the_second_phone_hears_not_found_and_the_first_may_still_accept(
    world: World, phone_of: PhoneOf, wire_phone_of: WirePhoneOf
) -> None:
    first, second = await wire_phone_of(world, "alice"), await phone_of(world, "mallory")
    started = await world.start()
    document = await first.challenge(started["otp"])
    answer_with(second, "accept")
    code = await refusal(second.handle_mobile_auth_with_otp(started["otp"]))
    assert code is Code.MobileAuthenticationRequestNotFound
    first.open(await first.answer(started["transaction_id"], "accept", document))
    assert (await world.result(started["transaction_id"]))["user_id"] == "alice"


async def test_a_second_phone_after_the_end_learns_nothing_either(world: World, wire_phone_of: WirePhoneOf) -> None:
    first, second = await wire_phone_of(world, "alice"), await wire_phone_of(world, "mallory")
    started = await world.start()
    first.open(await first.answer(started["transaction_id"], "accept", await first.challenge(started["otp"])))
    assert (await second.claim(started["otp"])).problem == (404, "transaction_not_found")
    assert (await first.claim(started["otp"])).problem == (409, "already_answered")


async def test_who_signs_something_else_than_was_shown_ends_the_transaction_as_invalid(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    shown = base64.b64decode(await phone.challenge(started["otp"]))
    forged = base64.b64encode(shown.replace(b"Log in at Shop", b"Log in at Bank")).decode()
    reply = await phone.answer(started["transaction_id"], "accept", forged)
    assert phone.open(reply) == {"transaction_id": started["transaction_id"], "verdict": "invalid"}
    await world.callbacks.wait_for(started["transaction_id"])
    result = await world.result(started["transaction_id"])
    assert result["not_authenticated_reason"] == {"reason": "invalid_answer", "description": "Invalid push answer"}
    again = await phone.answer(started["transaction_id"], "accept", base64.b64encode(shown).decode())
    assert again.problem == (409, "already_answered")


async def test_an_answer_before_any_claim_is_not_found(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    reply = await phone.answer(started["transaction_id"], "accept", "AAAA")
    assert reply.problem == (404, "transaction_not_found")
