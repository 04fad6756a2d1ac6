"""Codes that change and numbers to type, on the phone: the challenge stays open until it is over, and ends once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import pytest

from sdk_stub.errors import Code, SdkError
from sdk_stub.events import Event, MobileAuthOtp, SdkNotification
from sdk_stub.sdk import OneWelcomeSdk
from tests.sdk_stub.counterpart import Counterpart, make_otp
from tests.support.phone import answer_with


async def numbered(phone: OneWelcomeSdk) -> tuple[asyncio.Task[None], asyncio.Queue[Event]]:
    """A challenge that needs a number, and what the app hears about it; its start has been heard."""
    heard: asyncio.Queue[Event] = asyncio.Queue()
    phone.add_event_listener(SdkNotification.MobileAuthOtp, heard.put_nowait)
    handling = asyncio.create_task(phone.handle_mobile_auth_with_otp(make_otp()))
    start = await asyncio.wait_for(heard.get(), 5)
    assert start["mobileAuthenticationRequest"]["numberRequired"]
    return handling, heard


async def test_a_frame_is_handed_on_unread(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    answer_with(enrolled, "accept")
    await enrolled.handle_mobile_auth_with_otp(make_otp(frame="1784092315"))
    await enrolled.handle_mobile_auth_with_otp(make_otp("t2"))
    assert counterpart.frames == ["1784092315", None]


async def test_the_number_that_the_portal_shows_goes_along(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    counterpart.number = "07"
    handling, _ = await numbered(enrolled)
    await enrolled.accept_mobile_auth_confirmation(number="07")
    await handling
    assert counterpart.answers["t1"]["number"] == "07"


@pytest.mark.parametrize("number", [None, "", "7", "007", "4x", "٤٢", "42\n"])
async def test_a_number_that_is_missing_or_none_leaves_the_challenge_open(
    enrolled: OneWelcomeSdk, counterpart: Counterpart, number: str | None
) -> None:
    counterpart.number = "42"
    handling, heard = await numbered(enrolled)
    with pytest.raises(SdkError) as caught:
        await enrolled.accept_mobile_auth_confirmation(number)
    assert caught.value.code is Code.ParametersNotCorrect
    assert counterpart.answers == {}
    await enrolled.accept_mobile_auth_confirmation("42")
    await handling
    assert (await heard.get())["action"] == "finishAuthentication"


async def test_a_wrong_number_keeps_the_challenge_open_and_tells_the_tries_left(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.number = "42"
    handling, heard = await numbered(enrolled)
    for number, left in ("41", 2), ("41", 2), ("24", 1):
        await enrolled.accept_mobile_auth_confirmation(number)
        wrong = await asyncio.wait_for(heard.get(), 5)
        assert (wrong["action"], wrong["triesLeft"]) == ("wrongNumber", left)
        assert wrong["mobileAuthenticationRequest"]["transactionId"] == "t1"
    assert not handling.done()
    await enrolled.accept_mobile_auth_confirmation("42")
    await handling
    assert (await heard.get())["action"] == "finishAuthentication"
    assert heard.empty()


async def test_an_app_may_answer_a_wrong_number_from_inside_the_event(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.number = "42"
    typed, actions = iter(["40", "41", "42"]), list[str]()

    async def hear(event: Event) -> None:
        actions.append(event["action"])
        if event["action"] != MobileAuthOtp.FinishAuthentication:
            await enrolled.accept_mobile_auth_confirmation(next(typed))

    enrolled.add_event_listener(SdkNotification.MobileAuthOtp, hear)
    await enrolled.handle_mobile_auth_with_otp(make_otp())
    assert actions == ["startAuthentication", "wrongNumber", "wrongNumber", "finishAuthentication"]


async def test_the_third_wrong_number_ends_it(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    counterpart.number = "42"
    handling, heard = await numbered(enrolled)
    for number in "10", "11", "12":
        await enrolled.accept_mobile_auth_confirmation(number)
        assert await asyncio.wait_for(heard.get(), 5)
    with pytest.raises(SdkError) as caught:
        await handling
    assert caught.value.code is Code.InvalidRequest
    assert heard.empty()
    with pytest.raises(SdkError) as caught:
        await enrolled.accept_mobile_auth_confirmation("42")
    assert caught.value.code is Code.MobileAuthNotInProgress


@pytest.mark.parametrize("wrong_first", [False, True])
async def test_a_denial_needs_no_number(
    enrolled: OneWelcomeSdk, counterpart: Counterpart, *, wrong_first: bool
) -> None:
    counterpart.number = "42"
    handling, heard = await numbered(enrolled)
    if wrong_first:
        await enrolled.accept_mobile_auth_confirmation("41")
        await asyncio.wait_for(heard.get(), 5)
    await enrolled.deny_mobile_auth_confirmation("not_me")
    with pytest.raises(SdkError) as caught:
        await handling
    assert caught.value.code is Code.ActionCanceled
    assert "number" not in counterpart.answers["t1"]


async def test_one_number_is_under_way_at_a_time(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    counterpart.number = "42"
    handling, heard = await numbered(enrolled)
    await enrolled.accept_mobile_auth_confirmation("41")
    with pytest.raises(SdkError) as caught:
        await enrolled.accept_mobile_auth_confirmation("42")
    assert caught.value.code is Code.MobileAuthNotInProgress
    assert (await asyncio.wait_for(heard.get(), 5))["action"] == "wrongNumber"
    await enrolled.accept_mobile_auth_confirmation("42")
    await handling


async def test_leaving_while_a_wrong_number_is_under_way_settles_as_cancelled(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.number = "42"
    handling, heard = await numbered(enrolled)
    await enrolled.accept_mobile_auth_confirmation("41")
    await enrolled.logout()
    with pytest.raises(SdkError) as caught:
        await asyncio.wait_for(handling, 5)
    assert caught.value.code in {Code.ActionCanceled, Code.UserNotAuthenticated, Code.NoProfileAuthenticated}
    assert [heard.get_nowait()["action"] for _ in range(heard.qsize())] == ["finishAuthentication"]


@pytest.mark.parametrize("left", [None, 0, -1, "2", 1.5])
async def test_a_wrong_number_without_tries_is_not_believed(
    enrolled: OneWelcomeSdk, counterpart: Counterpart, left: object
) -> None:
    counterpart.number = "42"
    counterpart.reshape = lambda members: {**members, "tries_left": left} if "verdict" in members else members
    handling, _ = await numbered(enrolled)
    await enrolled.accept_mobile_auth_confirmation("41")
    with pytest.raises(SdkError) as caught:
        await handling
    assert caught.value.code is Code.GeneralError


@pytest.mark.parametrize("seed", range(40))
async def test_whatever_the_app_does_there_is_one_start_one_finish_one_end_and_one_last_answer(
    enrolled: OneWelcomeSdk, counterpart: Counterpart, seed: int
) -> None:
    chance = random.Random(seed)
    counterpart.number = "42"
    handling, heard = await numbered(enrolled)
    settled: list[object] = []
    handling.add_done_callback(settled.append)
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: enrolled.accept_mobile_auth_confirmation("42"),
        *(partial(enrolled.accept_mobile_auth_confirmation, wrong) for wrong in ("10", "11", "12", "4", None)),
        lambda: enrolled.deny_mobile_auth_confirmation("not_me"),
        lambda: enrolled.deny_mobile_auth_confirmation("because"),
        lambda: asyncio.sleep(0.01),
    ]
    while not handling.done():
        with suppress(SdkError):
            await chance.choice(acts)()
    outcome = (await asyncio.gather(handling, return_exceptions=True))[0]
    actions = [heard.get_nowait()["action"] for _ in range(heard.qsize())]
    assert set(actions[:-1]) <= {"wrongNumber"}
    assert actions[-1] == "finishAuthentication"
    assert len(settled) == 1
    if outcome is None:
        assert counterpart.answers["t1"]["number"] == "42"
    else:
        assert isinstance(outcome, SdkError)
        assert outcome.code in {Code.ActionCanceled, Code.InvalidRequest}
        assert (outcome.code is Code.ActionCanceled) is (counterpart.answers["t1"]["decision"] == "deny")
    with pytest.raises(SdkError) as caught:
        await enrolled.accept_mobile_auth_confirmation("42")
    assert caught.value.code is Code.MobileAuthNotInProgress
