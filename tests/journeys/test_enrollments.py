"""Enrolling, enrolling again, and the server's keys behind it: shared or unique, and rotated."""

from __future__ import annotations

from argparse import Namespace

import pytest

from sdk_stub.errors import Code
from sdk_stub.openpgp import DeviceKey, ServerKey
from tests.journeys.phones import PhoneOf, WirePhoneOf, refusal
from tests.journeys.wire_phone import Reply, WirePhone
from tests.support.phone import answer_with
from tests.support.server import OpenWorld, World
from token_server.commands.keys import rotate_server_key

CURRENT = "/mobile/v1/enrollments/current"


async def accepts(world: World, phone: WirePhone) -> bool:
    started = await world.start()
    document = await phone.challenge(started["otp"])
    phone.open(await phone.answer(started["transaction_id"], "accept", document))
    return bool((await world.result(started["transaction_id"]))["is_authenticated"])


async def current(phone: WirePhone) -> Reply:
    return await phone.send("GET", CURRENT, headers=phone.bearer)


async def test_enrolling_exchanges_keys_that_both_sides_can_name(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world, enrolled=False)
    assert (await current(phone)).problem == (404, "not_enrolled")
    reply = await phone.enroll()
    assert reply.status == 201
    enrolled = reply.json
    assert enrolled["profile_id"] == phone.profile_id
    assert enrolled["device_key_fingerprint"] == phone.key.fingerprint
    assert enrolled["server_key_fingerprint"] == ServerKey(enrolled["server_public_key"]).fingerprint
    assert (await current(phone)).json == enrolled


async def test_the_same_key_again_is_the_same_enrolment(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    before = (await current(phone)).json
    again = await phone.enroll(phone.key)
    assert (again.status, again.json) == (200, before)


async def test_enrolling_again_replaces_the_keys_and_the_old_ones_are_worth_nothing(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    old_key, old_enrollment = phone.key, phone.enrollment_id
    reply = await phone.enroll(DeviceKey.generate())
    assert reply.status == 201
    assert reply.json["enrollment_id"] != old_enrollment
    assert await accepts(world, phone)
    started = await world.start()
    phone.key = old_key
    refused = await phone.claim(started["otp"])
    assert refused.problem == (400, "message_refused")


async def test_enrolling_again_between_scan_and_answer_forfeits_the_scan(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    document = await phone.challenge(started["otp"])
    await phone.enroll(DeviceKey.generate())
    reply = await phone.answer(started["transaction_id"], "accept", document)
    assert reply.problem == (404, "transaction_not_found")


async def test_where_enrolling_again_is_not_allowed_the_first_keys_stay_good(
    open_world: OpenWorld, phone_of: PhoneOf, wire_phone_of: WirePhoneOf
) -> None:
    world = await open_world(re_enrollment_allowed=False)
    wire = await wire_phone_of(world, "bob")
    before = wire.key
    assert (await wire.enroll(DeviceKey.generate())).problem == (409, "already_enrolled")
    assert wire.key is before
    assert (await wire.enroll(before)).status == 200
    assert await accepts(world, wire)
    phone = await phone_of(world)
    assert await refusal(phone.enroll_mobile_authentication()) is Code.DeviceAlreadyEnrolled
    answer_with(phone, "accept")
    started = await world.start()
    await phone.handle_mobile_auth_with_otp(started["otp"])


async def test_where_enrolling_again_is_not_allowed_one_may_disenrol_first(
    open_world: OpenWorld, phone_of: PhoneOf
) -> None:
    world = await open_world(re_enrollment_allowed=False)
    phone = await phone_of(world)
    await phone.disenroll_mobile_authentication()
    await phone.enroll_mobile_authentication()
    profile = await phone.get_authenticated_user_profile()
    assert await phone.is_user_enrolled_for_mobile_auth(profile["id"])


@pytest.mark.parametrize("unique", [False, True])
async def test_server_keys_are_shared_or_unique_as_configured(
    open_world: OpenWorld, wire_phone_of: WirePhoneOf, *, unique: bool
) -> None:
    world = await open_world(unique_pgp_keys_per_enrollment=unique)
    phones = [await wire_phone_of(world, user_id) for user_id in ("alice", "bob", "carol")]
    fingerprints = {phone.server_key.fingerprint for phone in phones if phone.server_key is not None}
    assert len(fingerprints) == (3 if unique else 1)
    for phone in phones:
        assert await accepts(world, phone)


async def test_switching_to_unique_keys_leaves_enrolments_with_the_shared_one_working(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    old = await wire_phone_of(world, "alice")
    await world.configure(unique_pgp_keys_per_enrollment=True)
    new = await wire_phone_of(world, "bob")
    assert old.server_key is not None
    assert new.server_key is not None
    assert old.server_key.fingerprint != new.server_key.fingerprint
    assert await accepts(world, old)
    assert await accepts(world, new)


async def test_rotating_the_server_key_leaves_enrolments_working_and_gives_new_ones_the_new_key(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    old = await wire_phone_of(world, "alice")
    started = await world.start()
    document = await old.challenge(started["otp"])
    assert await rotate_server_key(world.base.settings, Namespace(json=False)) == 0
    old.open(await old.answer(started["transaction_id"], "accept", document))
    new = await wire_phone_of(world, "bob")
    assert old.server_key is not None
    assert new.server_key is not None
    assert old.server_key.fingerprint != new.server_key.fingerprint
    assert await accepts(world, old)
    assert await accepts(world, new)


async def test_with_enrolment_switched_off_nobody_enrols_and_the_enrolled_go_on(
    world: World, phone_of: PhoneOf, wire_phone_of: WirePhoneOf
) -> None:
    enrolled = await wire_phone_of(world, "alice")
    newcomer = await phone_of(world, "bob", enrolled=False)
    await world.configure(enrollment_enabled=False)
    assert await refusal(newcomer.enroll_mobile_authentication()) is Code.EnrollmentNotAvailable
    assert (await enrolled.enroll(DeviceKey.generate())).problem == (403, "enrollment_disabled")
    assert await accepts(world, enrolled)
