"""Phones whose user, device or enrolment was taken away on the server, and how they come back."""

from __future__ import annotations

from argparse import Namespace

import pytest

from sdk_stub.errors import Code
from sdk_stub.sdk import OneWelcomeSdk
from tests.journeys.phones import PhoneOf, WirePhoneOf, refusal
from tests.support.phone import answer_with, register
from tests.support.server import API, World
from token_server.commands.devices import delete_device
from token_server.domain.errors import NotFound


async def devices_of(world: World, user_id: str = "alice") -> list[dict[str, object]]:
    async with world.portal.get(f"{API}/users/{user_id}/devices") as response:
        body = await response.json()
        return list(body.get("devices", []))


async def device_id_of(world: World, user_id: str = "alice") -> str:
    return str((await devices_of(world, user_id))[0]["id"])


async def manage(world: World, method: str, path: str) -> None:
    async with world.portal.request(method, f"{API}/users/{path}") as response:
        assert response.status == 204, await response.text()


async def log_in(world: World, phone: OneWelcomeSdk) -> bool:
    started = await world.start()
    await phone.handle_mobile_auth_with_otp(started["otp"])
    return bool((await world.result(started["transaction_id"]))["is_authenticated"])


@pytest.mark.parametrize("everywhere", [True, False])
async def test_a_user_whom_the_portal_removed_hears_9003_and_can_register_again(
    world: World, phone_of: PhoneOf, *, everywhere: bool
) -> None:
    phone = await phone_of(world)
    answer_with(phone, "accept")
    started = await world.start()
    await manage(world, "DELETE", "alice/devices" + ("" if everywhere else f"/{await device_id_of(world)}"))
    code = await refusal(phone.handle_mobile_auth_with_otp(started["otp"]))
    assert code is Code.UserDeregistered
    assert await phone.get_user_profiles() == []
    assert await devices_of(world) == []
    await register(phone, await world.registration_code())
    await phone.enroll_mobile_authentication()
    assert await log_in(world, phone)


async def test_removing_one_user_leaves_the_other_on_that_phone(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world, "alice")
    await register(phone, await world.registration_code("bob"))
    await phone.enroll_mobile_authentication()
    answer_with(phone, "accept")
    await manage(world, "DELETE", "alice/devices")
    assert await log_in(world, phone)
    assert len(await phone.get_user_profiles()) == 2  # nobody has told the phone about alice yet
    assert await devices_of(world, "alice") == []


async def test_a_deleted_device_hears_9002_is_wiped_and_registers_as_a_new_one(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world)
    answer_with(phone, "accept")
    old = await device_id_of(world)
    started = await world.start()
    assert await delete_device(world.base.settings, Namespace(device_id=old, json=False)) == 0
    code = await refusal(phone.handle_mobile_auth_with_otp(started["otp"]))
    assert code is Code.DeviceDeregistered
    assert await phone.get_user_profiles() == []
    await register(phone, await world.registration_code())
    await phone.enroll_mobile_authentication()
    assert await log_in(world, phone)
    assert await device_id_of(world) != old
    with pytest.raises(NotFound):
        await delete_device(world.base.settings, Namespace(device_id=old, json=False))


async def test_a_deleted_device_hears_9002_when_it_refreshes_its_tokens_too(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world)
    profile_id = (await phone.get_authenticated_user_profile())["id"]
    await delete_device(world.base.settings, Namespace(device_id=await device_id_of(world), json=False))
    assert await refusal(phone.authenticate_user(profile_id)) is Code.DeviceDeregistered
    assert await phone.get_user_profiles() == []


async def test_after_a_disenrolment_on_the_server_the_sdk_says_9020_then_9021_and_can_enrol_again(
    world: World, phone_of: PhoneOf
) -> None:
    phone = await phone_of(world)
    answer_with(phone, "accept")
    started = await world.start()
    await manage(world, "POST", f"alice/devices/{await device_id_of(world)}/disableMobileAuthentication")
    assert await refusal(phone.handle_mobile_auth_with_otp(started["otp"])) is Code.UserDisenrolled
    code = await refusal(phone.handle_mobile_auth_with_otp(started["otp"]))
    assert code is Code.MobileAuthenticationNotEnrolled
    profile = await phone.get_authenticated_user_profile()
    assert await phone.is_user_enrolled_for_mobile_auth(profile["id"]) is False
    await phone.enroll_mobile_authentication()
    await phone.handle_mobile_auth_with_otp(started["otp"])
    assert (await world.result(started["transaction_id"]))["user_id"] == "alice"


@pytest.mark.parametrize("act", ["disablePushAuthentication", "disableFingerprint"])
async def test_what_no_phone_has_here_can_be_disabled_without_touching_otp(
    world: World, phone_of: PhoneOf, act: str
) -> None:
    phone = await phone_of(world)
    answer_with(phone, "accept")
    await manage(world, "POST", f"alice/devices/{await device_id_of(world)}/{act}")
    assert (await devices_of(world))[0]["mobileAuthenticationEnabled"] is True
    assert await log_in(world, phone)


async def test_a_disenrolment_between_scan_and_answer_stops_the_answer(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    document = await phone.challenge(started["otp"])
    await manage(world, "POST", f"alice/devices/{phone.device_id}/disableMobileAuthentication")
    reply = await phone.answer(started["transaction_id"], "accept", document)
    assert reply.problem == (403, "not_enrolled")
    assert (await world.result(started["transaction_id"]))["is_authenticated"] is False


async def test_a_user_who_leaves_takes_grant_enrolment_and_profile_along(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world)
    profile_id = (await phone.get_authenticated_user_profile())["id"]
    await phone.deregister_user(profile_id)
    assert await devices_of(world) == []
    assert await refusal(phone.authenticate_user(profile_id)) is Code.ProfileDoesNotExist
    async with world.portal.get(f"{API}/authenticate/user/alice/enabled") as response:
        assert await response.json() == {"enabled": []}
