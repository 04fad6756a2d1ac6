"""Logins that a stranger cannot relay: codes that change, numbers to type, and "this was not me", over real sockets."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sdk_stub.errors import Code
from sdk_stub.events import Event, SdkNotification
from sdk_stub.qr import read_qr_code
from sdk_stub.sdk import OneWelcomeSdk
from tests.journeys.phones import PhoneOf, WirePhoneOf, refusal
from tests.support.phone import answer_with
from tests.support.server import API, NUMBERED, ROTATING, OpenWorld, World, add_type
from token_server.stores import audit_events, transactions

ADDRESS = "203.0.113.7"
NOT_ME = {"reason": "not_me", "description": "The user says that it was not them"}
INVALID = {"reason": "invalid_answer", "description": "Invalid push answer"}


@pytest.fixture
async def careful(world: World) -> World:
    """A world with types that rotate their codes and that match numbers."""
    await add_type(world.base, ROTATING)
    await add_type(world.base, NUMBERED)
    return world


async def photograph(world: World, transaction_id: str, folder: Path) -> str:
    """Take a picture of the QR code as it is now, and read it."""
    async with world.portal.get(f"{API}/authenticate/transaction/{transaction_id}/qr.png?size=600") as response:
        assert response.status == 200
        (folder / "code.png").write_bytes(await response.read())
    return read_qr_code(folder / "code.png")


async def number_of(world: World, transaction_id: str) -> str:
    """The number that the portal's page shows."""
    found = await transactions.find(world.base.database.read, transaction_id)
    assert found is not None
    assert found.number is not None
    return found.number


def other_than(number: str) -> list[str]:
    """Wrong numbers, near ones first."""
    return [f"{(int(number) + step) % 100:02}" for step in range(1, 100)]


def typing(phone: OneWelcomeSdk, numbers: list[str]) -> list[Event]:
    """Let the phone accept with one number after the other; returns the events as they come."""
    events: list[Event] = []
    left = iter(numbers)

    async def hear(event: Event) -> None:
        events.append(event)
        if event["action"] != "finishAuthentication":
            await phone.accept_mobile_auth_confirmation(number=next(left))

    phone.add_event_listener(SdkNotification.MobileAuthOtp, hear)
    return events


async def test_a_code_that_changes_is_scanned_while_it_is_shown(careful: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(careful)
    started = await careful.start("rotating")
    answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(await careful.code(started["transaction_id"]))
    assert (await careful.result(started["transaction_id"]))["user_id"] == "alice"


async def test_a_screenshot_that_is_scanned_ten_seconds_later_is_worthless_and_the_screen_still_works(
    careful: World, phone_of: PhoneOf, tmp_path: Path
) -> None:
    phone, started = await phone_of(careful), await careful.start("rotating")
    screenshot = await photograph(careful, started["transaction_id"], tmp_path)
    events = answer_with(phone, "accept")
    careful.clock.move(10)
    code = await refusal(phone.handle_mobile_auth_with_otp(screenshot))
    assert code is Code.MobileAuthenticationRequestNotFound
    assert events == []
    assert (await careful.result(started["transaction_id"]))["is_authenticated"] is False
    assert careful.callbacks.heard == []
    seen = await photograph(careful, started["transaction_id"], tmp_path)
    assert seen != screenshot
    await phone.handle_mobile_auth_with_otp(seen)
    assert (await careful.result(started["transaction_id"]))["is_authenticated"] is True


async def test_the_wire_names_a_stale_frame_and_lets_the_holder_repeat(
    careful: World, wire_phone_of: WirePhoneOf
) -> None:
    phone, started = await wire_phone_of(careful), await careful.start("rotating")
    careful.clock.move(10)
    stale = await phone.claim(started["otp"])
    assert stale.problem == (410, "stale_frame")
    assert stale.headers["Content-Type"] == "application/problem+json"
    document = await phone.challenge(await careful.code(started["transaction_id"]))
    careful.clock.move(30)
    assert await phone.challenge(started["otp"]) == document
    metrics = await phone.send("GET", "/metrics")
    assert b'token_server_stale_frames_total{type="rotating"} 1.0' in metrics.body


async def test_the_clock_of_the_phone_has_no_say(careful: World, wire_phone_of: WirePhoneOf) -> None:
    """To the server's clock, moved far ahead, every signature of the phone is nine minutes old; the frame decides."""
    phone = await wire_phone_of(careful)
    careful.clock.move(540)
    started = await careful.start("rotating")
    careful.clock.move(10)
    assert (await phone.claim(started["otp"])).problem == (410, "stale_frame")
    assert await phone.challenge(await careful.code(started["transaction_id"]))


async def test_a_node_claims_what_another_shows_whichever_clock_is_ahead(
    open_world: OpenWorld, wire_phone_of: WirePhoneOf
) -> None:
    shows, claims = await open_world(), await open_world()
    for world in shows, claims:
        await add_type(world.base, ROTATING)
    phone = await wire_phone_of(claims)
    for world, seconds in (shows, 0), (shows, 0.9), (claims, 1.8):
        world.clock.move(seconds)
        started = await shows.start("rotating")
        assert await phone.challenge(await shows.code(started["transaction_id"]))


async def test_a_user_types_a_wrong_number_and_then_the_right_one(careful: World, phone_of: PhoneOf) -> None:
    phone, started = await phone_of(careful), await careful.start("numbered")
    number = await number_of(careful, started["transaction_id"])
    wrong = other_than(number)
    events = typing(phone, [wrong[0], wrong[0], wrong[1], number])
    await phone.handle_mobile_auth_with_otp(started["otp"])
    assert [(event["action"], event.get("triesLeft")) for event in events] == [
        ("startAuthentication", None),
        ("wrongNumber", 2),
        ("wrongNumber", 2),
        ("wrongNumber", 1),
        ("finishAuthentication", None),
    ]
    assert all(event["mobileAuthenticationRequest"]["numberRequired"] for event in events)
    assert (await careful.result(started["transaction_id"]))["user_id"] == "alice"
    assert careful.callbacks.count(started["transaction_id"]) <= 1


async def test_a_third_wrong_number_ends_the_login_and_the_portal_is_called(careful: World, phone_of: PhoneOf) -> None:
    phone, started = await phone_of(careful), await careful.start("numbered")
    events = typing(phone, other_than(await number_of(careful, started["transaction_id"])))
    assert await refusal(phone.handle_mobile_auth_with_otp(started["otp"])) is Code.InvalidRequest
    assert [event["action"] for event in events].count("finishAuthentication") == 1
    assert len(events) == 4
    await careful.callbacks.wait_for(started["transaction_id"])
    result = await careful.result(started["transaction_id"])
    assert (result["is_authenticated"], result["not_authenticated_reason"]) == (False, INVALID)
    told = await audit_events.list_of_transaction(careful.base.database.read, started["transaction_id"])
    names = [event["event"] for event in told]
    assert names.count("wrong_number") == 2
    assert names.count("transaction_invalid") == 1


async def test_a_wrong_number_whose_answer_is_lost_is_not_counted_twice(
    careful: World, wire_phone_of: WirePhoneOf
) -> None:
    phone, started = await wire_phone_of(careful), await careful.start("numbered")
    transaction_id = started["transaction_id"]
    document, number = await phone.challenge(started["otp"]), await number_of(careful, transaction_id)
    body = phone.seal({"decision": "accept", "challenge_document": document, "number": other_than(number)[0]})
    replies = await asyncio.gather(*(phone.post_sealed(f"{transaction_id}/answer", body) for _ in range(8)))
    expected = {"transaction_id": transaction_id, "verdict": "wrong_number", "tries_left": 2}
    assert [phone.open(reply) for reply in replies] == [expected] * 8
    refused = await phone.answer(transaction_id, "accept", document)
    assert (refused.problem, refused.json["rule"]) == ((400, "message_refused"), "number")
    assert phone.open(await phone.answer(transaction_id, "accept", document, number=number))["verdict"] == "accepted"


async def test_not_me_ends_everything_of_that_stranger_on_that_phone_and_nothing_else(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    alice, bob = await wire_phone_of(world, "alice"), await wire_phone_of(world, "bob")
    first, held, waiting, his = [await world.start(ip_address=ADDRESS) for _ in range(4)]
    documents = [await alice.challenge(each["otp"]) for each in (first, held)]
    his_document = await bob.challenge(his["otp"])
    verdict = await alice.answer(first["transaction_id"], "deny", documents[0], reason="not_me")
    assert alice.open(verdict)["verdict"] == "denied"
    for ended in first, held:
        await world.callbacks.wait_for(ended["transaction_id"])
        result = await world.result(ended["transaction_id"])
        assert (result["is_authenticated"], result["not_authenticated_reason"]) == (False, NOT_ME)
        assert result["user_id"] == "alice"
    assert (await alice.answer(held["transaction_id"], "accept", documents[1])).problem == (409, "already_answered")
    assert (await alice.claim(waiting["otp"])).problem == (404, "transaction_not_found")
    assert bob.open(await bob.answer(his["transaction_id"], "accept", his_document))["verdict"] == "accepted"
    assert await bob.challenge(waiting["otp"])
    await asyncio.sleep(0.002)
    afterwards = await world.start(ip_address=ADDRESS)
    assert await alice.challenge(afterwards["otp"])


async def test_a_waiting_portal_hears_of_an_end_that_somebody_else_has_brought_about(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    first, held = [await world.start(ip_address=ADDRESS) for _ in range(2)]
    document, _ = [await phone.challenge(each["otp"]) for each in (first, held)]
    waiting: asyncio.Task[dict[str, Any]] = asyncio.create_task(world.result(held["transaction_id"], wait_s=20))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await phone.answer(first["transaction_id"], "deny", document, reason="not_me")
    result = await asyncio.wait_for(waiting, 3)
    assert result["not_authenticated_reason"] == NOT_ME
