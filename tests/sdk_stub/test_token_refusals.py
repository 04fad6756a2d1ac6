"""What the token endpoint's refusals do to a phone: `code` decides, and `error` where there is no code."""

from __future__ import annotations

import pytest

from sdk_stub.errors import Code, SdkError
from sdk_stub.sdk import OneWelcomeSdk
from tests.sdk_stub.counterpart import Counterpart
from tests.support.phone import register
from tests.support.server import API, World
from token_server.app.happenings import build_happenings
from token_server.domain.operators import TERMINAL

USER_REMOVED = {"error": "invalid_grant", "code": "user_deregistered"}
DEVICE_REMOVED = {"error": "invalid_client", "code": "device_deregistered"}


async def refused(phone: OneWelcomeSdk, profile_id: str) -> Code:
    with pytest.raises(SdkError) as caught:
        await phone.authenticate_user(profile_id)
    return caught.value.code


async def test_a_removed_user_who_signs_in_loses_the_profile_only(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.codes.add("tsc_other")
    first = await enrolled.get_authenticated_user_profile()
    await register(enrolled, "tsc_other")
    counterpart.refuse("/oauth/token", 401, **USER_REMOVED)
    assert await refused(enrolled, first["id"]) is Code.UserDeregistered
    assert await enrolled.get_user_profiles() == [await enrolled.get_authenticated_user_profile()]


async def test_a_removed_user_who_is_signed_in_is_signed_out(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    profile = await enrolled.get_authenticated_user_profile()
    counterpart.refuse("/oauth/token", 401, **USER_REMOVED)
    assert await refused(enrolled, profile["id"]) is Code.UserDeregistered
    with pytest.raises(SdkError) as caught:
        await enrolled.get_access_token()
    assert caught.value.code is Code.NoProfileAuthenticated


async def test_a_removed_device_is_wiped(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    profile = await enrolled.get_authenticated_user_profile()
    counterpart.refuse("/oauth/token", 401, **DEVICE_REMOVED)
    assert await refused(enrolled, profile["id"]) is Code.DeviceDeregistered
    assert await enrolled.get_user_profiles() == []


@pytest.mark.parametrize("refusal", [{"error": "invalid_grant"}, {"error": "invalid_grant", "code": "invalid_grant"}])
async def test_a_grant_that_has_ended_leaves_the_profile_and_asks_to_register_again(
    enrolled: OneWelcomeSdk, counterpart: Counterpart, refusal: dict[str, str]
) -> None:
    profile = await enrolled.get_authenticated_user_profile()
    counterpart.refuse("/oauth/token", 400, **refusal)
    assert await refused(enrolled, profile["id"]) is Code.UserNotAuthenticated
    assert await enrolled.get_user_profiles() == [profile]
    asked = counterpart.heard.count("POST /oauth/token")
    assert await refused(enrolled, profile["id"]) is Code.UserNotAuthenticated
    assert counterpart.heard.count("POST /oauth/token") == asked


async def test_removing_a_user_who_was_removed_already_is_done(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    profile = await enrolled.get_authenticated_user_profile()
    await enrolled.logout()
    counterpart.refuse("/oauth/token", 401, **USER_REMOVED)
    await enrolled.deregister_user(profile["id"])
    assert await enrolled.get_user_profiles() == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_real_server_says_that_the_user_was_removed(world: World) -> None:
    async with await world.phone() as phone:
        profile = await phone.get_authenticated_user_profile()
        async with world.portal.delete(f"{API}/users/alice/devices") as response:
            assert response.status == 204
        assert await refused(phone, profile["id"]) is Code.UserDeregistered
        assert await phone.get_user_profiles() == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_real_server_says_that_the_device_was_removed(world: World) -> None:
    async with await world.phone() as phone:
        profile = await phone.get_authenticated_user_profile()
        async with world.portal.get(f"{API}/users/alice/devices") as response:
            (device,) = (await response.json())["devices"]
        await build_happenings(world.base).users.delete_device(TERMINAL, device["id"])
        assert await refused(phone, profile["id"]) is Code.DeviceDeregistered
        assert await phone.get_user_profiles() == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_real_server_says_that_the_grant_has_ended(world: World) -> None:
    async with await world.phone() as phone:
        profile = await phone.get_authenticated_user_profile()
        world.clock.move(400 * 86_400)
        assert await refused(phone, profile["id"]) is Code.UserNotAuthenticated
        assert await phone.get_user_profiles() == [profile]
