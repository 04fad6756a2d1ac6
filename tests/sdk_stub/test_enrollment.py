"""Exchanging keys, and what becomes of them when something is lost or refused."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pysequoia
import pytest

from sdk_stub.errors import Code, SdkError
from sdk_stub.sdk import OneWelcomeSdk
from tests.sdk_stub.counterpart import CODE, Counterpart, make_otp
from tests.support.phone import answer_with, phone_settings, registered_phone

PATH = "/mobile/v1/enrollments"


async def refusal(phone: OneWelcomeSdk) -> Code:
    with pytest.raises(SdkError) as caught:
        await phone.enroll_mobile_authentication()
    return caught.value.code


async def test_the_device_key_is_one_that_another_engine_accepts(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    (enrollment,) = counterpart.enrolled.values()
    assert not enrollment.certificate.is_revoked
    assert enrollment.certificate.expiration is None


async def test_enrolling_needs_a_signed_in_user(registered: OneWelcomeSdk) -> None:
    await registered.logout()
    assert await refusal(registered) is Code.UserNotAuthenticated


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (409, "already_enrolled", Code.DeviceAlreadyEnrolled),
        (403, "enrollment_disabled", Code.EnrollmentNotAvailable),
        (400, "key_refused", Code.InvalidRequest),
        (400, "proof_refused", Code.InvalidRequest),
    ],
)
async def test_a_refused_enrolment_keeps_the_keys_there_were(
    enrolled: OneWelcomeSdk, counterpart: Counterpart, status: int, code: str, expected: Code
) -> None:
    counterpart.refuse(PATH, status, code=code)
    assert await refusal(enrolled) is expected
    answer_with(enrolled, "accept")
    await enrolled.handle_mobile_auth_with_otp(make_otp())


async def test_enrolling_again_brings_new_keys(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    (before,) = counterpart.enrolled.values()
    await enrolled.enroll_mobile_authentication()
    (after,) = counterpart.enrolled.values()
    assert before.certificate.fingerprint != after.certificate.fingerprint
    answer_with(enrolled, "accept")
    await enrolled.handle_mobile_auth_with_otp(make_otp())


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    registered: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.lose(PATH, 2)
    await registered.enroll_mobile_authentication()
    assert counterpart.heard.count(f"POST {PATH}") == 3
    (enrollment,) = counterpart.enrolled.values()
    assert enrollment.enrollment_id.endswith("-4")  # device, profile and tokens took 0 to 3: it was enrolled once


async def test_an_enrolment_interrupted_by_a_restart_goes_on_with_the_same_key(
    base_url: str, counterpart: Counterpart, tmp_path: Path
) -> None:
    phone = await registered_phone(base_url, CODE, tmp_path)
    profile = await phone.get_authenticated_user_profile()
    counterpart.lose(PATH, 3)
    assert await refusal(phone) is Code.ServerNotReachable
    await phone.close()
    (offered,) = counterpart.enrolled.values()
    async with OneWelcomeSdk(phone_settings(base_url, tmp_path)) as phone:
        await phone.authenticate_user(profile["id"])
        await phone.enroll_mobile_authentication()
        answer_with(phone, "accept")
        await phone.handle_mobile_auth_with_otp(make_otp())
    (enrollment,) = counterpart.enrolled.values()
    assert enrollment == offered


async def test_the_proof_is_made_anew_for_a_renewed_token(registered: OneWelcomeSdk, counterpart: Counterpart) -> None:
    counterpart.forget_access_tokens()
    await registered.enroll_mobile_authentication()
    assert len(counterpart.enrolled) == 1


async def test_one_enrolment_runs_at_a_time(registered: OneWelcomeSdk) -> None:
    results = await asyncio.gather(
        *(registered.enroll_mobile_authentication() for _ in range(3)), return_exceptions=True
    )
    codes = [result.code for result in results if isinstance(result, SdkError)]
    assert codes == [Code.ActionAlreadyInProgress] * 2


@pytest.mark.parametrize(
    "change",
    [
        {"server_key_fingerprint": "0" * 40},
        {"device_key_fingerprint": "0" * 40},
        {"profile_id": "SOMEONE"},
        {"server_public_key": "no key"},
        {"server_public_key": str(pysequoia.Tsk.generate(user_id="x"))},
        {"enrollment_id": None},
    ],
)
async def test_an_enrolment_that_does_not_fit_is_not_believed(
    registered: OneWelcomeSdk, counterpart: Counterpart, change: dict[str, str]
) -> None:
    counterpart.reshape = lambda told: told | change
    assert await refusal(registered) is Code.GeneralError
    profile = await registered.get_authenticated_user_profile()
    assert not await registered.is_user_enrolled_for_mobile_auth(profile["id"])


async def test_disenrolling_drops_the_keys_on_both_sides_and_may_be_repeated(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    profile = await enrolled.get_authenticated_user_profile()
    await enrolled.disenroll_mobile_authentication()
    assert counterpart.enrolled == {}
    assert not await enrolled.is_user_enrolled_for_mobile_auth(profile["id"])
    await enrolled.disenroll_mobile_authentication()
