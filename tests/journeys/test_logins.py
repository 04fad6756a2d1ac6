"""Whole logins, from the portal's first call to its last, through real sockets, on both engines."""

from __future__ import annotations

import json

import pytest

from sdk_stub.errors import Code
from sdk_stub.sdk import OneWelcomeSdk
from tests.journeys.phones import PhoneOf, WirePhoneOf, refusal
from tests.support.phone import answer_with, register
from tests.support.server import World
from token_server.stores import audit_events

NOT_ACCEPTED = {"reason": "not_accepted", "description": "User rejected push"}
NOT_ME = {"reason": "not_me", "description": "The user says that it was not them"}
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64)"


async def test_a_user_accepts_and_the_portal_learns_who_it_was(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world)
    started = await world.start()
    transaction_id = started["transaction_id"]
    answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(started["otp"])
    heard = await world.callbacks.wait_for(transaction_id)
    assert heard.body == {"callback_uri": world.callbacks.url, "transaction_id": transaction_id}
    assert heard.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert "Authorization" not in heard.headers
    result = await world.result(transaction_id)
    assert abs(result.pop("timestamp") - world.clock.now_ms()) < 10_000
    assert result == {
        "status": 200,
        "callback_uri": world.callbacks.url,
        "transaction_id": transaction_id,
        "user_id": "alice",
        "is_authenticated": True,
        "authentication_method": "otp",
    }


@pytest.mark.parametrize("reason", [None, "not_me", "changed_my_mind"])
async def test_a_user_denies_and_the_portal_learns_that_and_no_more(
    world: World, phone_of: PhoneOf, reason: str | None
) -> None:
    phone = await phone_of(world)
    started = await world.start()
    transaction_id = started["transaction_id"]
    answer_with(phone, "deny", reason)
    assert await refusal(phone.handle_mobile_auth_with_otp(started["otp"])) is Code.ActionCanceled
    await world.callbacks.wait_for(transaction_id)
    result = await world.result(transaction_id)
    assert (result["is_authenticated"], result["user_id"]) == (False, "alice")
    assert result["not_authenticated_reason"] == (NOT_ME if reason == "not_me" else NOT_ACCEPTED)
    assert "authentication_method" not in result
    events = await audit_events.list_of_transaction(world.base.database.read, transaction_id)
    denied = next(event for event in events if event["event"] == "transaction_denied")
    assert json.loads(denied["detail"]) == ({} if reason is None else {"reason": reason})


async def test_an_open_transaction_says_nothing_about_whoever_scanned_it(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    before = await world.result(started["transaction_id"])
    await phone.challenge(started["otp"])
    assert await world.result(started["transaction_id"]) == before
    assert before["is_authenticated"] is False
    assert before.keys() == {"status", "callback_uri", "transaction_id", "timestamp", "is_authenticated"}
    assert world.callbacks.heard == []


async def test_the_phone_shows_who_asks_from_where_and_for_what(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world)
    started = await world.start(secure_message="Pay €10 to Bob", ip_address="203.0.113.7", user_agent=USER_AGENT)
    events = answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(started["otp"])
    assert [event["action"] for event in events] == ["startAuthentication", "finishAuthentication"]
    shown = events[0]["mobileAuthenticationRequest"]
    assert (shown["message"], shown["type"], shown["transactionId"]) == (
        "Pay €10 to Bob",
        "login",
        started["transaction_id"],
    )
    assert shown["portal"] == {"name": "Example Shop", "origin": "https://shop.example"}
    assert shown["context"] == {"ip_address": "203.0.113.7", "user_agent": USER_AGENT, "operating_system": "Linux"}
    assert shown["userProfile"] == await phone.get_authenticated_user_profile()


async def test_two_users_log_in_at_once_and_nobody_is_mixed_up(world: World, phone_of: PhoneOf) -> None:
    alice, bob = await phone_of(world, "alice", name="one"), await phone_of(world, "bob", name="two")
    for_alice, for_bob = await world.start(), await world.start()
    answer_with(alice, "accept")
    answer_with(bob, "accept")
    await bob.handle_mobile_auth_with_otp(for_bob["otp"])
    await alice.handle_mobile_auth_with_otp(for_alice["otp"])
    assert (await world.result(for_alice["transaction_id"]))["user_id"] == "alice"
    assert (await world.result(for_bob["transaction_id"]))["user_id"] == "bob"


async def test_one_phone_logs_two_users_in_with_keys_of_their_own(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world, "alice")
    alice = (await phone.get_authenticated_user_profile())["id"]
    answer_with(phone, "accept")
    await register_second_user(world, phone)
    started = await world.start()
    await phone.handle_mobile_auth_with_otp(started["otp"])
    assert (await world.result(started["transaction_id"]))["user_id"] == "bob"
    await phone.authenticate_user(alice)
    started = await world.start()
    await phone.handle_mobile_auth_with_otp(started["otp"])
    assert (await world.result(started["transaction_id"]))["user_id"] == "alice"


async def register_second_user(world: World, phone: OneWelcomeSdk) -> None:
    await register(phone, await world.registration_code("bob"))
    await phone.enroll_mobile_authentication()
