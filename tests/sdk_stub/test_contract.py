"""Names and numbers of the contract, verbatim; the desk where apps listen; the table of refusals."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from sdk_stub.errors import Code, SdkError
from sdk_stub.events import CustomRegistration, Event, EventDesk, MobileAuthOtp, SdkNotification
from sdk_stub.problems import MEANINGS, find_problem, to_error
from sdk_stub.transport import Answer

OTP = SdkNotification.MobileAuthOtp


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("8001", "IdentityProviderNotFound"),
        ("8007", "ProfileDoesNotExist"),
        ("8009", "ParametersNotCorrect"),
        ("8010", "RegistrationNotInProgress"),
        ("8012", "NoProfileAuthenticated"),
        ("8013", "MobileAuthNotInProgress"),
        ("9001", "ServerNotReachable"),
        ("9002", "DeviceDeregistered"),
        ("9003", "UserDeregistered"),
        ("9004", "OutdatedApp"),
        ("9006", "ActionCanceled"),
        ("9007", "ActionAlreadyInProgress"),
        ("9010", "UserNotAuthenticated"),
        ("9016", "DeviceAlreadyEnrolled"),
        ("9017", "EnrollmentNotAvailable"),
        ("9018", "UserAlreadyEnrolled"),
        ("9020", "UserDisenrolled"),
        ("9021", "MobileAuthenticationNotEnrolled"),
        ("9029", "AlreadyHandled"),
        ("9031", "InvalidDatetime"),
        ("10000", "GeneralError"),
        ("10013", "MobileAuthenticationRequestNotFound"),
        ("10015", "InvalidRequest"),
        ("10018", "NotHandleable"),
    ],
)
def test_numbers_carry_the_contracts_names(number: str, name: str) -> None:
    assert Code(number).name == name


def test_every_number_has_one_name() -> None:
    assert len(Code.__members__) == len({code.value for code in Code})


def test_an_error_shows_number_name_and_sentence() -> None:
    error = SdkError(Code.ActionCanceled, "denied")
    assert error.code == "9006"
    assert error.message == "denied"
    assert str(error) == "9006 ActionCanceled: denied"


def test_event_values_are_the_contracts() -> None:
    assert [str(each) for each in SdkNotification] == [
        "ONEWELCOME_PIN_CREATE_NOTIFICATION",
        "ONEWELCOME_PIN_AUTHENTICATION_NOTIFICATION",
        "ONEWELCOME_CUSTOM_REGISTRATION_NOTIFICATION",
        "ONEWELCOME_MOBILE_AUTH_OTP_NOTIFICATION",
        "ONEWELCOME_FINGERPRINT_NOTIFICATION",
        "ONEWELCOME_REGISTRATION_NOTIFICATION",
    ]
    assert set(MobileAuthOtp) - {MobileAuthOtp.WrongNumber} == {"startAuthentication", "finishAuthentication"}
    assert [str(each) for each in CustomRegistration] == ["initRegistration", "finishRegistration"]


def test_listeners_hear_their_own_events_in_order_until_removed() -> None:
    desk, heard = EventDesk(), list[Event]()
    subscription = desk.add(OTP, heard.append)
    desk.add(SdkNotification.CustomRegistration, heard.append)
    desk.emit(OTP, {"action": "one"})
    desk.emit(OTP, {"action": "two"})
    subscription.remove()
    subscription.remove()
    desk.emit(OTP, {"action": "three"})
    assert [event["action"] for event in heard] == ["one", "two"]


def test_the_same_function_may_listen_twice() -> None:
    desk, heard = EventDesk(), list[Event]()
    first = desk.add(OTP, heard.append)
    desk.add(OTP, heard.append)
    first.remove()
    desk.emit(OTP, {})
    assert heard == [{}]


def test_a_listener_cannot_change_what_others_hear() -> None:
    desk, heard = EventDesk(), list[Event]()
    desk.add(OTP, lambda event: event["request"].clear())
    desk.add(OTP, heard.append)
    desk.emit(OTP, {"request": {"message": "m"}})
    assert heard == [{"request": {"message": "m"}}]


async def test_a_listeners_mistake_reaches_the_loop_and_nobody_else() -> None:
    desk, heard, complaints = EventDesk(), list[Event](), list[dict[str, Any]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    def fail(_: Event) -> None:
        raise ValueError("plain")

    async def fail_later(_: Event) -> None:
        raise ValueError("async")

    desk.add(OTP, fail)
    desk.add(OTP, fail_later)
    desk.add(OTP, heard.append)
    desk.emit(OTP, {})
    await asyncio.sleep(0.01)
    assert heard == [{}]
    assert sorted(str(context["exception"]) for context in complaints) == ["async", "plain"]


def refusal(status: int, body: object) -> SdkError:
    problem = find_problem(Answer(status, json.dumps(body).encode()))
    assert problem is not None
    return to_error(problem)


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_a_known_refusal_decides_whatever_the_status(code: str) -> None:
    assert refusal(400, {"code": code}).code is MEANINGS[code]
    assert refusal(401, {"error": code}).code is MEANINGS[code]


def test_success_is_no_refusal() -> None:
    assert find_problem(Answer(204)) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (302, Code.InvalidRequest),
        (400, Code.InvalidRequest),
        (404, Code.InvalidRequest),
        (429, Code.InvalidRequest),
        (500, Code.GeneralError),
        (502, Code.GeneralError),
    ],
)
def test_an_unknown_refusal_is_judged_by_its_status(status: int, expected: Code) -> None:
    assert refusal(status, {"code": "unheard_of"}).code is expected
    assert refusal(status, ["no object"]).code is expected


def test_the_servers_sentence_and_request_id_are_passed_on() -> None:
    assert refusal(400, {"detail": "No.", "request_id": "r1"}).message == "No. (request r1)"
    assert refusal(400, {"error": "invalid_scope", "error_description": "No."}).message == "No."
    assert "token server's address" in refusal(404, None).message
