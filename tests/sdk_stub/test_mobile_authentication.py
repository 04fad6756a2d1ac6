"""The OTP flow on the phone: the invariants of the contract, one sentence each."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from sdk_stub.errors import Code, SdkError
from sdk_stub.events import Event, MobileAuthOtp, SdkNotification
from sdk_stub.sdk import OneWelcomeSdk
from tests.sdk_stub.counterpart import Counterpart, make_otp
from tests.support.phone import answer_with, phone_settings

CLAIM = "/mobile/v1/transactions/claim"
ANSWER = "/mobile/v1/transactions/t1/answer"


async def refusal(phone: OneWelcomeSdk, otp: str | None = None) -> Code:
    with pytest.raises(SdkError) as caught:
        await phone.handle_mobile_auth_with_otp(make_otp() if otp is None else otp)
    return caught.value.code


async def open_challenge(phone: OneWelcomeSdk) -> tuple[asyncio.Task[None], list[Event]]:
    events: list[Event] = []
    started = asyncio.Event()

    def hear(event: Event) -> None:
        events.append(event)
        started.set()

    phone.add_event_listener(SdkNotification.MobileAuthOtp, hear)
    handling = asyncio.create_task(phone.handle_mobile_auth_with_otp(make_otp()))
    await asyncio.wait_for(started.wait(), 5)
    return handling, events


async def test_accepting_settles_after_the_finish_event(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    events = answer_with(enrolled, "accept")
    await enrolled.handle_mobile_auth_with_otp(make_otp())
    assert [event["action"] for event in events] == ["startAuthentication", "finishAuthentication"]
    assert counterpart.answers["t1"]["decision"] == "accept"


async def test_the_start_event_says_what_the_contract_says_and_who_asks(enrolled: OneWelcomeSdk) -> None:
    events = answer_with(enrolled, "accept")
    await enrolled.handle_mobile_auth_with_otp(make_otp())
    profile = await enrolled.get_authenticated_user_profile()
    request = {
        "message": "Log in to the café?",
        "type": "login",
        "transactionId": "t1",
        "signingData": None,
        "userProfile": profile,
        "portal": {"name": "Café", "origin": "https://cafe.example"},
        "context": {"ip_address": "192.0.2.1"},
        "expiresAt": 1_700_000_060_000,
        "numberRequired": False,
    }
    assert events == [
        {"action": "startAuthentication", "mobileAuthenticationRequest": request},
        {"action": "finishAuthentication", "mobileAuthenticationRequest": request},
    ]


async def test_the_answer_signs_the_challenge_document_unchanged(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    answer_with(enrolled, "accept")
    await enrolled.handle_mobile_auth_with_otp(make_otp())
    assert counterpart.answers["t1"]["challenge_document"] == counterpart.documents["t1"]
    assert "café" in base64.b64decode(counterpart.documents["t1"]).decode()


async def test_denying_settles_as_cancelled_after_the_finish_event(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    events = answer_with(enrolled, "deny", "not_me")
    assert await refusal(enrolled) is Code.ActionCanceled
    assert [event["action"] for event in events] == ["startAuthentication", "finishAuthentication"]
    assert counterpart.answers["t1"]["decision"] == "deny"
    assert counterpart.answers["t1"]["reason"] == "not_me"


async def test_a_denial_without_a_reason_sends_none(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    answer_with(enrolled, "deny")
    assert await refusal(enrolled) is Code.ActionCanceled
    assert set(counterpart.answers["t1"]) == {"decision", "challenge_document"}


async def test_a_reason_nobody_knows_leaves_the_challenge_open(enrolled: OneWelcomeSdk) -> None:
    handling, _ = await open_challenge(enrolled)
    with pytest.raises(SdkError) as caught:
        await enrolled.deny_mobile_auth_confirmation("because")
    assert caught.value.code is Code.ParametersNotCorrect
    await enrolled.accept_mobile_auth_confirmation()
    await handling


async def test_nothing_is_answered_without_a_challenge(enrolled: OneWelcomeSdk) -> None:
    for answer in (enrolled.accept_mobile_auth_confirmation, enrolled.deny_mobile_auth_confirmation):
        with pytest.raises(SdkError) as caught:
            await answer()
        assert caught.value.code is Code.MobileAuthNotInProgress


async def test_a_challenge_takes_exactly_one_answer(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    handling, _ = await open_challenge(enrolled)
    await enrolled.accept_mobile_auth_confirmation()
    with pytest.raises(SdkError) as caught:
        await enrolled.deny_mobile_auth_confirmation()
    assert caught.value.code is Code.MobileAuthNotInProgress
    await handling
    assert counterpart.answers["t1"]["decision"] == "accept"


async def test_a_second_request_is_refused_before_and_while_the_first_is_open(enrolled: OneWelcomeSdk) -> None:
    results: list[Code] = []
    events = answer_with(enrolled, "accept")

    async def one() -> None:
        try:
            await enrolled.handle_mobile_auth_with_otp(make_otp())
        except SdkError as error:
            results.append(error.code)

    await asyncio.gather(*(one() for _ in range(8)))
    assert results == [Code.ActionAlreadyInProgress] * 7
    assert len(events) == 2


async def test_the_next_request_may_start_when_the_finish_is_heard(enrolled: OneWelcomeSdk) -> None:
    answer_with(enrolled, "accept")
    later: list[asyncio.Task[None]] = []

    def hear(event: Event) -> None:
        if event["action"] == MobileAuthOtp.FinishAuthentication and not later:
            later.append(asyncio.create_task(enrolled.handle_mobile_auth_with_otp(make_otp("t2"))))

    enrolled.add_event_listener(SdkNotification.MobileAuthOtp, hear)
    await enrolled.handle_mobile_auth_with_otp(make_otp())
    await asyncio.wait_for(later[0], 5)


async def test_a_lost_claim_and_a_lost_answer_are_asked_for_again(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.lose(CLAIM, 2)
    counterpart.lose(ANSWER, 2)
    events = answer_with(enrolled, "accept")
    await enrolled.handle_mobile_auth_with_otp(make_otp())
    assert counterpart.heard.count(f"POST {CLAIM}") == 3
    assert counterpart.heard.count(f"POST {ANSWER}") == 3
    assert len(events) == 2


async def test_a_server_that_stays_away_is_not_asked_for_ever(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.lose(ANSWER, 100)
    events = answer_with(enrolled, "accept")
    assert await refusal(enrolled) is Code.ServerNotReachable
    assert counterpart.heard.count(f"POST {ANSWER}") == 3
    assert [event["action"] for event in events] == ["startAuthentication", "finishAuthentication"]


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, "transaction_not_found", Code.MobileAuthenticationRequestNotFound),
        (410, "expired", Code.MobileAuthenticationRequestNotFound),
        (409, "already_answered", Code.MobileAuthenticationRequestNotFound),
        (404, "feature_disabled", Code.EnrollmentNotAvailable),
        (429, "limited", Code.InvalidRequest),
        (500, "internal", Code.GeneralError),
        (503, "unavailable", Code.GeneralError),
    ],
)
async def test_a_refused_claim_opens_no_challenge(
    enrolled: OneWelcomeSdk, counterpart: Counterpart, status: int, code: str, expected: Code
) -> None:
    counterpart.refuse(CLAIM, status, code=code)
    events = answer_with(enrolled, "accept")
    assert await refusal(enrolled) is expected
    assert events == []


async def test_a_refused_answer_still_finishes(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    counterpart.refuse(ANSWER, 410, code="expired")
    events = answer_with(enrolled, "accept")
    assert await refusal(enrolled) is Code.MobileAuthenticationRequestNotFound
    assert [event["action"] for event in events] == ["startAuthentication", "finishAuthentication"]


async def test_a_wrong_clock_is_named(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    counterpart.refuse(CLAIM, 400, code="message_refused", rule="signature_too_old")
    assert await refusal(enrolled) is Code.InvalidDatetime


async def test_a_wrong_code_is_not_found(enrolled: OneWelcomeSdk) -> None:
    assert await refusal(enrolled, make_otp(otp="wrong")) is Code.MobileAuthenticationRequestNotFound


async def test_a_foreign_qr_code_never_reaches_the_server(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    assert await refusal(enrolled, "https://example.org/menu") is Code.NotHandleable
    assert f"POST {CLAIM}" not in counterpart.heard


async def test_no_text_at_all_is_a_wrong_parameter(enrolled: OneWelcomeSdk) -> None:
    with pytest.raises(SdkError) as caught:
        await enrolled.handle_mobile_auth_with_otp(None)
    assert caught.value.code is Code.ParametersNotCorrect
    assert caught.value.message == 'The "otpCode" param can not be null, expected "string"'


async def test_the_sdk_must_be_started_first(tmp_path: Path) -> None:
    phone = OneWelcomeSdk(phone_settings("http://127.0.0.1:9", tmp_path))
    assert await refusal(phone) is Code.SdkNotStarted


async def test_somebody_must_be_signed_in(enrolled: OneWelcomeSdk) -> None:
    await enrolled.logout()
    assert await refusal(enrolled) is Code.NoProfileAuthenticated


async def test_the_user_must_be_enrolled(registered: OneWelcomeSdk, counterpart: Counterpart) -> None:
    assert await refusal(registered) is Code.MobileAuthenticationNotEnrolled
    assert f"POST {CLAIM}" not in counterpart.heard


async def test_an_enrolment_ended_by_the_server_is_told_once_and_its_keys_are_dropped(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    profile = await enrolled.get_authenticated_user_profile()
    counterpart.enrolled.clear()
    assert await refusal(enrolled) is Code.UserDisenrolled
    assert not await enrolled.is_user_enrolled_for_mobile_auth(profile["id"])
    assert await refusal(enrolled) is Code.MobileAuthenticationNotEnrolled


async def test_logging_out_withdraws_the_open_challenge(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    handling, events = await open_challenge(enrolled)
    await enrolled.logout()
    with pytest.raises(SdkError) as caught:
        await handling
    assert caught.value.code is Code.ActionCanceled
    assert [event["action"] for event in events] == ["startAuthentication", "finishAuthentication"]
    assert counterpart.answers == {}


async def test_a_cancelled_request_finishes_and_makes_room_for_the_next(enrolled: OneWelcomeSdk) -> None:
    handling, events = await open_challenge(enrolled)
    handling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handling
    assert [event["action"] for event in events] == ["startAuthentication", "finishAuthentication"]
    answer_with(enrolled, "accept")
    await enrolled.handle_mobile_auth_with_otp(make_otp("t2"))


async def test_an_expired_access_token_is_renewed_once_and_unnoticed(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.forget_access_tokens()
    answer_with(enrolled, "accept")
    await enrolled.handle_mobile_auth_with_otp(make_otp())
    assert counterpart.heard.count("POST /oauth/token") == 1


async def test_a_login_that_cannot_be_renewed_signs_the_user_out(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.forget_access_tokens()
    counterpart.refresh_tokens.clear()
    assert await refusal(enrolled) is Code.UserNotAuthenticated
    assert await refusal(enrolled) is Code.NoProfileAuthenticated


async def test_a_token_refused_twice_signs_the_user_out(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    counterpart.refuse(CLAIM, 401, code="not_authenticated")
    assert await refusal(enrolled) is Code.UserNotAuthenticated
    assert counterpart.heard.count(f"POST {CLAIM}") == 2
    assert await refusal(enrolled) is Code.NoProfileAuthenticated
