"""Staying logged in on the phone: refreshing, retrying, logging out, and the keys that sign tokens."""

from __future__ import annotations

import base64
import json
from argparse import Namespace

from sdk_stub.errors import Code
from tests.journeys.phones import PhoneOf, WirePhoneOf, refusal
from tests.journeys.wire_phone import Reply, WirePhone
from tests.support.phone import answer_with
from tests.support.server import World
from token_server.commands.keys import rotate_signing_key

KEYS_ARE_KEPT_FOR_S = 10


async def works(phone: WirePhone) -> bool:
    """Whether the access token opens the phone's door."""
    return (await phone.send("GET", "/mobile/v1/enrollments/current", headers=phone.bearer)).status == 200


def oauth_error(reply: Reply) -> tuple[int, str]:
    return reply.status, str(reply.json["error"])


def key_id(access_token: str) -> str:
    header = access_token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


async def test_a_refresh_token_is_good_once_and_its_successor_is_another(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    first = phone.refresh_token
    reply = await phone.refresh()
    assert reply.json.keys() == {"token_type", "access_token", "refresh_token", "expires_in", "scope"}
    assert (reply.json["token_type"], reply.json["expires_in"]) == ("bearer", 900)
    assert phone.refresh_token != first
    assert await works(phone)


async def test_a_retry_within_ten_seconds_gets_the_same_successor(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    first = phone.refresh_token
    await phone.refresh()
    world.clock.move(5)
    again = await phone.refresh(first)
    assert (again.status, again.json["refresh_token"]) == (200, phone.refresh_token)
    assert (await phone.refresh()).status == 200


async def test_a_refresh_token_used_again_later_ends_the_log_in_for_whoever_holds_it(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    first = phone.refresh_token
    await phone.refresh()
    world.clock.move(11)
    assert oauth_error(await phone.refresh(first)) == (400, "invalid_grant")
    assert oauth_error(await phone.refresh()) == (400, "invalid_grant")
    assert not await works(phone)


async def test_a_refresh_token_two_generations_old_ends_the_log_in_at_once(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    first = phone.refresh_token
    await phone.refresh()
    await phone.refresh()
    assert oauth_error(await phone.refresh(first)) == (400, "invalid_grant")
    assert oauth_error(await phone.refresh()) == (400, "invalid_grant")


async def test_a_refresh_token_of_another_device_is_worth_nothing_and_harms_nobody(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    alice, mallory = await wire_phone_of(world, "alice"), await wire_phone_of(world, "mallory")
    assert oauth_error(await mallory.refresh(alice.refresh_token)) == (400, "invalid_grant")
    assert (await alice.refresh()).status == 200


async def test_a_user_whose_grant_was_revoked_registers_again_and_keeps_profile_and_enrolment(
    world: World, phone_of: PhoneOf, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    profile_id = phone.profile_id
    await phone.revoke(phone.refresh_token)
    assert not await works(phone)
    assert oauth_error(await phone.refresh()) == (400, "invalid_grant")
    await phone.redeem(await world.registration_code())
    assert phone.profile_id == profile_id
    started = await world.start()
    assert await phone.challenge(started["otp"])


async def test_logging_out_ends_access_tokens_but_not_the_log_in(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    assert (await phone.revoke(phone.access_token)).status == 200
    assert not await works(phone)
    assert (await phone.revoke(phone.access_token)).status == 200
    await phone.refresh()
    assert await works(phone)


async def test_somebody_elses_token_can_be_given_back_without_any_effect(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    alice, mallory = await wire_phone_of(world, "alice"), await wire_phone_of(world, "mallory")
    for token in (alice.access_token, alice.refresh_token, "nonsense"):
        assert (await mallory.revoke(token)).status == 200
    assert await works(alice)
    assert (await alice.refresh()).status == 200


async def test_the_sdk_logs_out_and_in_again(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world)
    profile_id = (await phone.get_authenticated_user_profile())["id"]
    answer_with(phone, "accept")
    started = await world.start()
    await phone.logout()
    assert await refusal(phone.handle_mobile_auth_with_otp(started["otp"])) is Code.NoProfileAuthenticated
    await phone.authenticate_user(profile_id)
    await phone.handle_mobile_auth_with_otp(started["otp"])
    assert (await world.result(started["transaction_id"]))["is_authenticated"] is True


async def test_an_access_token_lives_for_its_time_and_the_sdk_renews_it_unseen(
    world: World, phone_of: PhoneOf, wire_phone_of: WirePhoneOf
) -> None:
    wire, phone = await wire_phone_of(world, "bob"), await phone_of(world)
    world.clock.move(901)
    assert not await works(wire)
    token = await phone.get_access_token()
    await phone.enroll_mobile_authentication()
    assert await phone.get_access_token() != token


async def test_rotating_the_signing_key_leaves_tokens_good_until_they_expire(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    old = key_id(phone.access_token)
    await rotate_signing_key(world.base.settings, Namespace(json=False))
    world.clock.move(KEYS_ARE_KEPT_FOR_S)
    assert await works(phone)
    published = [key["kid"] for key in (await phone.send("GET", "/.well-known/jwks.json")).json["keys"]]
    assert len(published) == 2
    assert published[1] == old
    await phone.refresh()
    assert key_id(phone.access_token) == published[0]
    assert await works(phone)
    world.clock.move(900)
    published = [key["kid"] for key in (await phone.send("GET", "/.well-known/jwks.json")).json["keys"]]
    assert old not in published


async def test_a_token_signed_by_a_brand_new_key_is_believed_before_the_keys_are_read_again(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    await world.server.flows.access_tokens.rotate()
    await phone.refresh()
    assert await works(phone)
