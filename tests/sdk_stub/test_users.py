"""Registering, signing in and out, and leaving."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from sdk_stub.errors import Code, SdkError
from sdk_stub.events import Event, SdkNotification
from sdk_stub.sdk import OneWelcomeSdk
from tests.sdk_stub.counterpart import CODE, Counterpart, make_otp
from tests.support.phone import answer_with, enrolled_phone, phone_settings, register, registered_phone

OTHER_CODE = "tsc_other"
COMPLETE = "/oauth/custom-registration/registration-code/complete"


async def test_nothing_works_before_the_start(tmp_path: Path) -> None:
    phone = OneWelcomeSdk(phone_settings("http://127.0.0.1:9", tmp_path))
    for call in (
        phone.get_identity_providers(),
        phone.register_user(None),
        phone.submit_custom_registration_action("registration-code", "x"),
        phone.cancel_custom_registration("no"),
        phone.get_user_profiles(),
        phone.authenticate_user("ABC123"),
        phone.get_authenticated_user_profile(),
        phone.get_access_token(),
        phone.logout(),
        phone.deregister_user("ABC123"),
        phone.enroll_mobile_authentication(),
        phone.disenroll_mobile_authentication(),
        phone.is_user_enrolled_for_mobile_auth("ABC123"),
        phone.accept_mobile_auth_confirmation(),
        phone.deny_mobile_auth_confirmation(),
    ):
        with pytest.raises(SdkError) as caught:
            await call
        assert caught.value.code is Code.SdkNotStarted


async def test_starting_twice_is_starting_once_and_needs_no_server(tmp_path: Path) -> None:
    async with OneWelcomeSdk(phone_settings("http://127.0.0.1:9", tmp_path)) as phone:
        await phone.start_client()
        assert await phone.get_user_profiles() == []
        assert await phone.get_identity_providers() == [{"id": "registration-code", "name": "Registration code"}]


async def test_registering_emits_init_and_finish_and_signs_in(base_url: str, tmp_path: Path) -> None:
    events: list[Event] = []
    async with OneWelcomeSdk(phone_settings(base_url, tmp_path)) as phone:
        phone.add_event_listener("ONEWELCOME_CUSTOM_REGISTRATION_NOTIFICATION", events.append)
        registering = asyncio.create_task(phone.register_user("registration-code", ["read"]))
        await asyncio.sleep(0)
        await phone.submit_custom_registration_action("registration-code", f"  {CODE}\n")
        auth_data = await registering
        custom_info = {"status": 2000, "data": None}
        assert auth_data["customInfo"] == custom_info
        assert await phone.get_authenticated_user_profile() == auth_data["userProfile"]
        assert await phone.get_user_profiles() == [auth_data["userProfile"]]
        assert await phone.get_access_token()
    whose = {"identityProviderId": "registration-code"}
    assert events == [
        {"action": "initRegistration", **whose},
        {"action": "finishRegistration", **whose, "customInfo": custom_info},
    ]


async def test_a_refused_code_registers_nobody(base_url: str, tmp_path: Path) -> None:
    async with OneWelcomeSdk(phone_settings(base_url, tmp_path)) as phone:
        with pytest.raises(SdkError) as caught:
            await register(phone, "tsc_wrong")
        assert caught.value.code is Code.CustomRegistrationFailure
        assert await phone.get_user_profiles() == []


async def test_a_registration_survives_a_lost_answer(base_url: str, counterpart: Counterpart, tmp_path: Path) -> None:
    counterpart.lose(COMPLETE)
    counterpart.lose("/oauth/register")
    async with OneWelcomeSdk(phone_settings(base_url, tmp_path)) as phone:
        profile_id = await register(phone, CODE)
        assert await phone.get_user_profiles() == [{"id": profile_id}]
    assert counterpart.heard.count(f"POST {COMPLETE}") == 2


async def test_an_application_that_is_not_known_is_outdated(
    base_url: str, counterpart: Counterpart, tmp_path: Path
) -> None:
    counterpart.refuse("/oauth/register", 403, code="application_refused")
    with pytest.raises(SdkError) as caught:
        await registered_phone(base_url, CODE, tmp_path)
    assert caught.value.code is Code.OutdatedApp


async def test_only_one_registration_runs_and_it_can_be_cancelled(base_url: str, tmp_path: Path) -> None:
    async with OneWelcomeSdk(phone_settings(base_url, tmp_path)) as phone:
        registering = asyncio.create_task(phone.register_user(None))
        await asyncio.sleep(0)
        with pytest.raises(SdkError) as caught:
            await phone.register_user(None)
        assert caught.value.code is Code.ActionAlreadyInProgress
        await phone.cancel_custom_registration("changed my mind")
        with pytest.raises(SdkError) as caught:
            await registering
        assert (caught.value.code, caught.value.message) == (Code.ActionCanceled, "changed my mind")


async def test_registration_answers_need_a_registration(base_url: str, tmp_path: Path) -> None:
    async with OneWelcomeSdk(phone_settings(base_url, tmp_path)) as phone:
        for call, code in (
            (phone.submit_custom_registration_action("registration-code", "x"), Code.RegistrationNotInProgress),
            (phone.submit_custom_registration_action("registration-code", None), Code.ParametersNotCorrect),
            (phone.submit_custom_registration_action("google", "x"), Code.IdentityProviderNotFound),
            (phone.cancel_custom_registration("no"), Code.RegistrationNotInProgress),
            (phone.register_user("google"), Code.IdentityProviderNotFound),
        ):
            with pytest.raises(SdkError) as caught:
                await call
            assert caught.value.code is code


async def test_closing_settles_what_is_open(base_url: str, tmp_path: Path) -> None:
    phone = OneWelcomeSdk(phone_settings(base_url, tmp_path))
    await phone.start_client()
    registering = asyncio.create_task(phone.register_user(None))
    await asyncio.sleep(0)
    await phone.close()
    with pytest.raises(SdkError) as caught:
        await registering
    assert caught.value.code is Code.ActionCanceled


async def test_a_phone_survives_a_restart(base_url: str, tmp_path: Path) -> None:
    first = await enrolled_phone(base_url, CODE, tmp_path)
    profile = await first.get_authenticated_user_profile()
    await first.close()
    async with OneWelcomeSdk(phone_settings(base_url, tmp_path)) as phone:
        with pytest.raises(SdkError) as caught:
            await phone.get_authenticated_user_profile()
        assert caught.value.code is Code.NoProfileAuthenticated
        assert await phone.authenticate_user(profile["id"]) == {"userProfile": profile}
        answer_with(phone, "accept")
        await phone.handle_mobile_auth_with_otp(make_otp())


async def test_signing_in_survives_a_lost_answer(registered: OneWelcomeSdk, counterpart: Counterpart) -> None:
    profile = await registered.get_authenticated_user_profile()
    counterpart.lose("/oauth/token")
    await registered.authenticate_user(profile["id"])
    await registered.authenticate_user(profile["id"])


async def test_nobody_signs_in_who_is_not_here_or_with_an_authenticator(registered: OneWelcomeSdk) -> None:
    profile = await registered.get_authenticated_user_profile()
    for call, code in (
        (registered.authenticate_user("NOBODY"), Code.ProfileDoesNotExist),
        (registered.authenticate_user(profile["id"], "fingerprint"), Code.AuthenticatorDoesNotExist),
        (registered.is_user_enrolled_for_mobile_auth("NOBODY"), Code.ProfileDoesNotExist),
        (registered.deregister_user("NOBODY"), Code.ProfileDoesNotExist),
    ):
        with pytest.raises(SdkError) as caught:
            await call
        assert caught.value.code is code


async def test_logging_out_tells_the_server_and_keeps_the_user(
    registered: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    profile = await registered.get_authenticated_user_profile()
    await registered.logout()
    assert counterpart.access_tokens == {}
    await registered.authenticate_user(profile["id"])


async def test_logging_out_without_the_server_is_local(registered: OneWelcomeSdk, counterpart: Counterpart) -> None:
    counterpart.refuse("/oauth/revoke", 503, code="unavailable")
    with pytest.raises(SdkError) as caught:
        await registered.logout()
    assert caught.value.code is Code.LocalLogout
    with pytest.raises(SdkError) as caught:
        await registered.logout()
    assert caught.value.code is Code.NoProfileAuthenticated


async def test_deregistering_removes_the_user_on_both_sides(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    profile = await enrolled.get_authenticated_user_profile()
    await enrolled.deregister_user(profile["id"])
    assert await enrolled.get_user_profiles() == []
    assert counterpart.enrolled == {}
    with pytest.raises(SdkError) as caught:
        await enrolled.get_access_token()
    assert caught.value.code is Code.NoProfileAuthenticated


async def test_deregistering_works_for_somebody_who_is_not_signed_in(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    profile = await enrolled.get_authenticated_user_profile()
    await enrolled.logout()
    await enrolled.deregister_user(profile["id"])
    assert counterpart.enrolled == {}


async def test_deregistering_without_the_server_is_local(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    profile = await enrolled.get_authenticated_user_profile()
    counterpart.refuse("/mobile/v1/profile", 503, code="unavailable")
    with pytest.raises(SdkError) as caught:
        await enrolled.deregister_user(profile["id"])
    assert caught.value.code is Code.LocalDeregistration
    assert await enrolled.get_user_profiles() == []


async def test_a_device_removed_on_the_server_is_wiped_and_can_register_anew(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.refuse("/mobile/v1/transactions/claim", 401, code="device_deregistered")
    with pytest.raises(SdkError) as caught:
        await enrolled.handle_mobile_auth_with_otp(make_otp())
    assert caught.value.code is Code.DeviceDeregistered
    assert await enrolled.get_user_profiles() == []
    counterpart.codes.add(CODE)
    await register(enrolled, CODE)
    assert len(counterpart.devices) == 2


@pytest.mark.parametrize("refusal", [{"error": "invalid_client"}, {"code": "not_authenticated"}])
async def test_a_device_whose_credentials_are_not_known_is_wiped(
    enrolled: OneWelcomeSdk, counterpart: Counterpart, refusal: dict[str, str]
) -> None:
    profile = await enrolled.get_authenticated_user_profile()
    counterpart.refuse("/oauth/token", 401, **refusal)
    with pytest.raises(SdkError) as caught:
        await enrolled.authenticate_user(profile["id"])
    assert caught.value.code is Code.DeviceDeregistered
    assert await enrolled.get_user_profiles() == []
    with pytest.raises(SdkError) as caught:
        await enrolled.get_access_token()
    assert caught.value.code is Code.NoProfileAuthenticated


async def test_a_user_removed_on_the_server_loses_the_profile_only(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.codes.add(OTHER_CODE)
    first = await enrolled.get_authenticated_user_profile()
    await register(enrolled, OTHER_CODE)
    second = await enrolled.get_authenticated_user_profile()
    counterpart.refuse("/mobile/v1/enrollments", 401, code="user_deregistered")
    with pytest.raises(SdkError) as caught:
        await enrolled.enroll_mobile_authentication()
    assert caught.value.code is Code.UserDeregistered
    assert first != second
    assert await enrolled.get_user_profiles() == [first]


async def test_a_store_belongs_to_one_server_and_one_application(base_url: str, tmp_path: Path) -> None:
    await (await registered_phone(base_url, CODE, tmp_path)).close()
    settings = phone_settings(base_url, tmp_path)
    for other in (replace(settings, server="http://localhost:9"), replace(settings, application_identifier="other")):
        with pytest.raises(SdkError) as caught:
            await OneWelcomeSdk(other).start_client()
        assert caught.value.code is Code.WrongConfigModel


async def test_one_phone_is_switched_on_once(registered: OneWelcomeSdk, base_url: str, tmp_path: Path) -> None:
    with pytest.raises(SdkError) as caught:
        await OneWelcomeSdk(phone_settings(base_url, tmp_path)).start_client()
    assert caught.value.code is Code.DataStorageNotAvailable


@pytest.mark.parametrize(
    "server", ["ftp://x", "login.example", "https://", "https://a/?b=c", "https://u@a", "http://login.example", "//["]
)
async def test_an_address_that_is_none_or_carries_secrets_in_the_open_is_refused(server: str, tmp_path: Path) -> None:
    with pytest.raises(SdkError) as caught:
        await OneWelcomeSdk(phone_settings(server, tmp_path)).start_client()
    assert caught.value.code is Code.MalformedUrl
    assert list(tmp_path.iterdir()) == []


async def test_listeners_are_for_known_events_until_removed(tmp_path: Path) -> None:
    phone = OneWelcomeSdk(phone_settings("http://127.0.0.1:9", tmp_path))
    phone.add_event_listener(SdkNotification.MobileAuthOtp, print).remove()
    with pytest.raises(ValueError, match="startAuthentication"):
        phone.add_event_listener("startAuthentication", print)
