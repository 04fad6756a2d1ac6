"""The app side of the conformance checklist (reference: portal API section 11), by the stub SDK and the real server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sdk_stub.errors import Code
from sdk_stub.events import Event, SdkNotification
from sdk_stub.sdk import OneWelcomeSdk
from tests.journeys.phones import PhoneOf, WirePhoneOf, refusal
from tests.support.phone import answer_with, phone_settings
from tests.support.server import API, OpenWorld, World


async def device_id(world: World) -> str:
    async with world.portal.get(f"{API}/users/alice/devices") as response:
        return str((await response.json())["devices"][0]["id"])


async def challenged(phone: OneWelcomeSdk, otp: str) -> tuple[asyncio.Task[None], list[Event]]:
    """The promise of a request whose challenge the app has just been shown, and the events so far."""
    events: list[Event] = []
    shown = asyncio.Event()

    def hear(event: Event) -> None:
        events.append(event)
        shown.set()

    phone.add_event_listener(SdkNotification.MobileAuthOtp, hear)
    promise = asyncio.create_task(phone.handle_mobile_auth_with_otp(otp))
    await asyncio.wait([promise, asyncio.ensure_future(shown.wait())], return_when=asyncio.FIRST_COMPLETED)
    return promise, events


async def test_line_14_enrolling_without_login_is_9010(world: World, phone_of: PhoneOf, tmp_path: Path) -> None:
    async with OneWelcomeSdk(phone_settings(world.url, tmp_path, "new")) as new:
        assert await refusal(new.enroll_mobile_authentication()) is Code.UserNotAuthenticated
    phone = await phone_of(world, enrolled=False)
    await phone.logout()
    assert await refusal(phone.enroll_mobile_authentication()) is Code.UserNotAuthenticated


@pytest.mark.parametrize("toggle", ["enrollment_enabled", "mobile_authentication"])
async def test_line_14_enrolling_with_the_toggle_off_is_9017(world: World, phone_of: PhoneOf, toggle: str) -> None:
    phone = await phone_of(world, enrolled=False)
    await world.configure(**{toggle: False})
    world.clock.move(1)
    assert await refusal(phone.enroll_mobile_authentication()) is Code.EnrollmentNotAvailable


@pytest.mark.parametrize("allowed", [True, False])
async def test_line_14_enrolling_twice_goes_by_the_override_rule(
    open_world: OpenWorld, phone_of: PhoneOf, *, allowed: bool
) -> None:
    world = await open_world(re_enrollment_allowed=allowed)
    phone = await phone_of(world)
    if allowed:
        await phone.enroll_mobile_authentication()
    else:
        assert await refusal(phone.enroll_mobile_authentication()) is Code.DeviceAlreadyEnrolled
    answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp((await world.start())["otp"])


async def test_line_15_an_otp_without_login_is_8012(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world)
    await phone.logout()
    started = await world.start()
    assert await refusal(phone.handle_mobile_auth_with_otp(started["otp"])) is Code.NoProfileAuthenticated


async def test_line_15_an_otp_after_the_log_in_ended_on_the_server_is_9010(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world)
    revoke = "UPDATE grants SET revoked_at = 1, revoked_because = 'test' WHERE revoked_at IS NULL"
    await world.base.database.write(lambda unit: unit.run(revoke))
    started = await world.start()
    assert await refusal(phone.handle_mobile_auth_with_otp(started["otp"])) is Code.UserNotAuthenticated


@pytest.mark.parametrize("scanned", ["", "https://shop.example", "AAAA", "eyJ4IjoxfQ", "{}", "\u00fc"])
async def test_line_15_garbage_is_10018_and_nobody_hears_of_it(world: World, phone_of: PhoneOf, scanned: str) -> None:
    phone = await phone_of(world)
    events = answer_with(phone, "accept")
    assert await refusal(phone.handle_mobile_auth_with_otp(scanned)) is Code.NotHandleable
    assert events == []


async def test_line_15_expired_foreign_claimed_and_answered_are_10013(
    world: World, phone_of: PhoneOf, wire_phone_of: WirePhoneOf
) -> None:
    phone, other = await phone_of(world), await wire_phone_of(world, "bob")
    answer_with(phone, "accept")
    answered, claimed, late = await world.start(), await world.start(), await world.start()
    await phone.handle_mobile_auth_with_otp(answered["otp"])
    await other.challenge(claimed["otp"])
    for gone in (answered, claimed):
        code = await refusal(phone.handle_mobile_auth_with_otp(gone["otp"]))
        assert code is Code.MobileAuthenticationRequestNotFound
    world.clock.move(60)
    assert await refusal(phone.handle_mobile_auth_with_otp(late["otp"])) is Code.MobileAuthenticationRequestNotFound


async def test_line_15_a_second_call_at_the_same_time_is_9007_and_the_first_goes_on(
    world: World, phone_of: PhoneOf
) -> None:
    phone = await phone_of(world)
    first, second = await world.start(), await world.start()
    promise, _ = await challenged(phone, first["otp"])
    assert await refusal(phone.handle_mobile_auth_with_otp(second["otp"])) is Code.ActionAlreadyInProgress
    await phone.accept_mobile_auth_confirmation()
    await promise
    assert (await world.result(first["transaction_id"]))["is_authenticated"] is True
    assert "not_authenticated_reason" not in await world.result(second["transaction_id"])


async def test_line_16_an_answer_without_a_challenge_and_a_second_answer_are_8013(
    world: World, phone_of: PhoneOf
) -> None:
    phone = await phone_of(world)
    assert await refusal(phone.accept_mobile_auth_confirmation()) is Code.MobileAuthNotInProgress
    assert await refusal(phone.deny_mobile_auth_confirmation()) is Code.MobileAuthNotInProgress
    started = await world.start()
    promise, _ = await challenged(phone, started["otp"])
    await phone.deny_mobile_auth_confirmation()
    assert await refusal(phone.accept_mobile_auth_confirmation()) is Code.MobileAuthNotInProgress
    assert await refusal(promise) is Code.ActionCanceled
    assert (await world.result(started["transaction_id"]))["not_authenticated_reason"]["reason"] == "not_accepted"
    assert await refusal(phone.deny_mobile_auth_confirmation()) is Code.MobileAuthNotInProgress


@pytest.mark.parametrize("ending", ["accept", "deny", "too late"])
async def test_line_17_start_is_followed_by_finish_and_then_by_the_promise(
    world: World, phone_of: PhoneOf, ending: str
) -> None:
    phone = await phone_of(world)
    started = await world.start()
    promise, events = await challenged(phone, started["otp"])
    assert [event["action"] for event in events] == ["startAuthentication"]
    promise.add_done_callback(lambda _: events.append({"action": "settled"}))
    if ending == "too late":
        world.clock.move(60)
    await (phone.deny_mobile_auth_confirmation() if ending == "deny" else phone.accept_mobile_auth_confirmation())
    await asyncio.wait([promise])
    assert [event["action"] for event in events] == ["startAuthentication", "finishAuthentication", "settled"]
    outcome = promise.exception()
    expected = {"accept": None, "deny": "9006", "too late": "10013"}[ending]
    assert getattr(outcome, "code", None) == expected


async def test_line_18_after_a_disenrolment_on_the_server_the_app_can_enrol_again(
    world: World, phone_of: PhoneOf
) -> None:
    phone = await phone_of(world)
    answer_with(phone, "accept")
    path = f"{API}/users/alice/devices/{await device_id(world)}/disableMobileAuthentication"
    async with world.portal.post(path) as response:
        assert response.status == 204
    otp = (await world.start())["otp"]
    assert await refusal(phone.handle_mobile_auth_with_otp(otp)) is Code.UserDisenrolled
    assert await refusal(phone.handle_mobile_auth_with_otp(otp)) is Code.MobileAuthenticationNotEnrolled
    await phone.enroll_mobile_authentication()
    await phone.handle_mobile_auth_with_otp(otp)


async def test_a_phone_whose_clock_is_far_behind_is_told_so(world: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(world)
    world.clock.move(700)
    started = await world.start()
    assert await refusal(phone.handle_mobile_auth_with_otp(started["otp"])) is Code.InvalidDatetime
    assert "not_authenticated_reason" not in await world.result(started["transaction_id"])


async def test_an_application_that_the_admin_does_not_know_is_9004(world: World, tmp_path: Path) -> None:
    forget = "UPDATE applications SET disabled_at = 1"
    await world.base.database.write(lambda unit: unit.run(forget))
    with pytest.raises(Exception, match="9004"):
        await world.phone(name="outdated")
