"""The phone against the real server: what the server says is what the contract makes of it."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest
import segno

from sdk_stub.__main__ import main
from sdk_stub.errors import Code, SdkError
from sdk_stub.sdk import OneWelcomeSdk
from tests.support.phone import answer_with, register
from tests.support.server import API, OpenWorld, World


@pytest.fixture
def engine_name() -> str:
    """One engine is enough here: a phone cannot tell which one its server uses."""
    return "sqlite"


async def refusal(phone: OneWelcomeSdk, otp: str) -> Code:
    with pytest.raises(SdkError) as caught:
        await phone.handle_mobile_auth_with_otp(otp)
    return caught.value.code


async def test_a_denial_reaches_the_portal_and_settles_as_cancelled(world: World) -> None:
    async with await world.phone() as phone:
        started = await world.start()
        answer_with(phone, "deny", "not_me")
        assert await refusal(phone, started["otp"]) is Code.ActionCanceled
        result = await world.result(started["transaction_id"])
        assert result["is_authenticated"] is False
        assert result["not_authenticated_reason"]["reason"] == "not_me"


async def test_the_person_sees_what_the_portal_wrote_and_who_it_is(world: World) -> None:
    async with await world.phone() as phone:
        started = await world.start(message="Größe 42?", ip_address="192.0.2.1", user_agent="Mozilla/5.0")
        events = answer_with(phone, "accept")
        await phone.handle_mobile_auth_with_otp(started["otp"])
        request = events[0]["mobileAuthenticationRequest"]
        assert request["message"] == "Größe 42?"
        assert request["portal"] == {"name": "Example Shop", "origin": "https://shop.example"}
        assert request["context"] == {"ip_address": "192.0.2.1", "user_agent": "Mozilla/5.0"}
        assert request["transactionId"] == started["transaction_id"]
        assert request["type"] == "login"
        assert 0 < request["expiresAt"] - world.clock.now_ms() <= 60_000


async def test_a_request_is_good_once_and_for_its_time(world: World) -> None:
    async with await world.phone() as phone:
        answer_with(phone, "accept")
        started, late = await world.start(), await world.start()
        await phone.handle_mobile_auth_with_otp(started["otp"])
        assert await refusal(phone, started["otp"]) is Code.MobileAuthenticationRequestNotFound
        world.clock.move(61)
        assert await refusal(phone, late["otp"]) is Code.MobileAuthenticationRequestNotFound


async def test_a_wrong_code_is_not_found(world: World) -> None:
    async with await world.phone() as phone:
        started = await world.start()
        wrong = json.dumps({"transaction_id": started["transaction_id"], "otp": "A" * 22})
        otp = base64.urlsafe_b64encode(wrong.encode()).decode()
        assert await refusal(phone, otp) is Code.MobileAuthenticationRequestNotFound


async def test_logging_out_and_in_again_keeps_the_enrolment(world: World) -> None:
    async with await world.phone() as phone:
        profile = await phone.get_authenticated_user_profile()
        await phone.logout()
        await phone.authenticate_user(profile["id"])
        answer_with(phone, "accept")
        await phone.handle_mobile_auth_with_otp((await world.start())["otp"])


async def test_an_expired_access_token_is_renewed_unnoticed(world: World) -> None:
    async with await world.phone() as phone:
        before = await phone.get_access_token()
        world.clock.move(901)
        await phone.enroll_mobile_authentication()
        assert await phone.get_access_token() != before


async def test_enrolling_again_is_the_servers_to_allow(open_world: OpenWorld) -> None:
    world = await open_world(re_enrollment_allowed=False)
    async with await world.phone() as phone:
        with pytest.raises(SdkError) as caught:
            await phone.enroll_mobile_authentication()
        assert caught.value.code is Code.DeviceAlreadyEnrolled
        answer_with(phone, "accept")
        await phone.handle_mobile_auth_with_otp((await world.start())["otp"])


async def test_enrolment_may_be_switched_off(open_world: OpenWorld) -> None:
    world = await open_world(enrollment_enabled=False)
    async with await world.phone(enrolled=False) as phone:
        with pytest.raises(SdkError) as caught:
            await phone.enroll_mobile_authentication()
        assert caught.value.code is Code.EnrollmentNotAvailable


async def test_disenrolling_twice_is_fine(world: World) -> None:
    async with await world.phone() as phone:
        await phone.disenroll_mobile_authentication()
        await phone.disenroll_mobile_authentication()
        assert await refusal(phone, (await world.start())["otp"]) is Code.MobileAuthenticationNotEnrolled


async def test_a_user_who_left_can_come_back(world: World) -> None:
    async with await world.phone() as phone:
        profile = await phone.get_authenticated_user_profile()
        await phone.deregister_user(profile["id"])
        assert await phone.get_user_profiles() == []
        await register(phone, await world.registration_code())
        await phone.enroll_mobile_authentication()


async def test_a_device_deleted_by_the_portal_is_wiped(world: World) -> None:
    async with await world.phone() as phone:
        async with world.portal.delete(f"{API}/users/alice/devices") as response:
            assert response.status < 300, await response.text()
        code = await refusal(phone, (await world.start())["otp"])
        assert code in {Code.DeviceDeregistered, Code.UserDeregistered}
        assert await phone.get_user_profiles() == []


async def test_a_registration_code_is_good_for_one_phone(world: World) -> None:
    code = await world.registration_code("bob")
    async with await world.phone(name="first") as first, await world.phone(name="second") as second:
        await register(first, code)
        with pytest.raises(SdkError) as caught:
            await register(second, code)
        assert caught.value.code is Code.CustomRegistrationFailure


async def test_the_phone_in_a_terminal_enrols_scans_and_leaves(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ("--store", str(tmp_path / "terminal.json"))
    about = ("--server", world.url, "--application", "demo-app", "--app-version", "1.0")
    code = await world.registration_code()
    assert await asyncio.to_thread(main, ["enrol", *about, "--code", code, *store]) == 0
    started = await world.start()
    picture = str(tmp_path / "login.png")
    segno.make(started["otp"], micro=False).save(picture, scale=4)
    assert await asyncio.to_thread(main, ["scan", picture, "--accept", *store]) == 0
    assert (await world.result(started["transaction_id"]))["user_id"] == "alice"
    assert await asyncio.to_thread(main, ["logout", *store]) == 0
    assert await asyncio.to_thread(main, ["deregister", *store]) == 0
    assert "Example Shop (https://shop.example)" in capsys.readouterr().out
