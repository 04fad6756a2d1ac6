"""Anything where a frame or a number belongs: a refusal that says so, or a text that is what it should be."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sdk_stub import challenges as stub
from sdk_stub.errors import Code, SdkError
from tests.fuzz.any_input import anything
from tests.fuzz.conftest import ForgedPhoneOf
from tests.fuzz.documented import check_documented
from tests.support.openapi import MOBILE
from tests.support.server import NUMBERED, ROTATING, World, add_type
from token_server.domain.challenges import read_answer, read_claim
from token_server.domain.errors import MessageRefused
from token_server.stores import transactions

on_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
digits = st.text("0123456789\u0660\uff11\u00b2", max_size=12)
odd = anything | digits | st.text(max_size=520)
CLAIM = {"transaction_id": "t", "otp": "o", "nonce": "n"}
ANSWER = {"decision": "accept", "challenge_document": "e30="}
VERDICT = {"transaction_id": "t", "verdict": "wrong_number"}


@given(odd)
@example("0123456789")
@example("\ud800")
def test_a_frame_is_short_ascii_or_refused(frame: object) -> None:
    try:
        read = read_claim(json.dumps({**CLAIM, "frame": frame}).encode()).frame
    except MessageRefused as refusal:
        assert refusal.rule == "content"  # noqa: PT017 - either way is fine
        assert frame is not None
    else:
        assert read == frame
        assert read is None or (read.isascii() and 0 < len(read) <= 512)


@given(odd, st.sampled_from(["accept", "deny"]))
@example("07", "accept")
@example("07", "deny")
def test_a_number_is_two_digits_of_somebody_who_accepts_or_refused(number: object, decision: str) -> None:
    try:
        read = read_answer(json.dumps({**ANSWER, "decision": decision, "number": number}).encode()).number
    except MessageRefused as refusal:
        assert refusal.rule == "content"  # noqa: PT017 - either way is fine
        assert number is not None
    else:
        assert read == number
        assert read is None or (decision == "accept" and read in {f"{value:02}" for value in range(100)})


@given(odd)
@example(1)
@example(True)  # noqa: FBT003 - JSON has it, and Python calls it a number
def test_the_phone_believes_tries_that_are_a_number_only(tries_left: object) -> None:
    try:
        verdict = stub.read_verdict(json.dumps({**VERDICT, "tries_left": tries_left}).encode(), "t")
    except SdkError as error:
        assert error.code is Code.GeneralError  # noqa: PT017 - either way is fine
    else:
        assert verdict == stub.Verdict("wrong_number", tries_left)  # type: ignore[arg-type] # equal to what was sent
        assert isinstance(tries_left, int)
        assert tries_left > 0


@on_sqlite
@many
@given(st.lists(odd, min_size=1, max_size=6))
async def test_any_numbers_over_the_wire_count_as_they_should(
    world: World, forged_phone_of: ForgedPhoneOf, numbers: list[Any]
) -> None:
    await add_type(world.base, NUMBERED)
    phone, started = await forged_phone_of(world), await world.start("numbered")
    transaction_id, read = started["transaction_id"], world.base.database.read
    assert (await phone.claim(started["otp"])).status == 200
    claimed = await transactions.find(read, transaction_id)
    assert claimed is not None
    document = base64.b64encode(claimed.challenge_document or b"").decode()
    for number in numbers:
        answer = {"decision": "accept", "challenge_document": document, "number": number}
        reply = await phone.post_sealed(f"{transaction_id}/answer", phone.seal(answer))
        assert check_documented(MOBILE, "answerTransaction", reply) in {200, 400, 409}
    tried = {number for number in numbers if isinstance(number, str) and len(number) == 2 and number.isascii()}
    found = await transactions.find(read, transaction_id)
    assert found is not None
    assert {number for number in found.wrong_numbers.split(",") if number} <= tried - {claimed.number}
    assert found.state == "claimed" or tried


@on_sqlite
@many
@given(odd)
async def test_any_frame_over_the_wire_leaves_the_login_open(
    world: World, forged_phone_of: ForgedPhoneOf, frame: object
) -> None:
    await add_type(world.base, ROTATING)
    phone, started = await forged_phone_of(world), await world.start("rotating")
    reply = await phone.claim(started["otp"], frame=frame)
    assert check_documented(MOBILE, "claimTransaction", reply) in {400, 410}
    assert (await world.result(started["transaction_id"]))["is_authenticated"] is False
    assert (await phone.claim(await world.code(started["transaction_id"]))).status == 200
