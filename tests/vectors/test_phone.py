"""The phone keeps to the shared vectors; an app in another language can do the same with this file as its model."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from sdk_stub import challenges
from sdk_stub.challenges import Answer, Challenge, Decision
from sdk_stub.errors import Code, SdkError
from sdk_stub.openpgp import DeviceKey, MessageRefused, ServerKey, open_message
from sdk_stub.otp_strings import OtpString, read_otp_string
from sdk_stub.problems import find_problem, to_error
from sdk_stub.transport import Answer as HttpAnswer
from tests.vectors.make import OPENPGP, load

OTP_STRINGS, MESSAGES, SEALED = load("otp_strings.json"), load("messages.json"), load(OPENPGP)


def by_name(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", OTP_STRINGS["good"], ids=by_name)
def test_a_code_of_ours_is_read(case: dict[str, Any]) -> None:
    assert read_otp_string(case["text"]) == OtpString(**case["members"])


@pytest.mark.parametrize("case", OTP_STRINGS["bad"], ids=by_name)
def test_a_code_of_somebody_else_is_not_handled(case: dict[str, Any]) -> None:
    with pytest.raises(SdkError) as refused:
        read_otp_string(case["text"])
    assert refused.value.code is Code.NotHandleable


def test_claims_are_written_like_the_vectors() -> None:
    for case in MESSAGES["claims"]:
        members = json.loads(case["content"])
        nonce = members.pop("nonce")
        assert json.loads(challenges.claim_content(OtpString(**members), nonce)) == {**members, "nonce": nonce}


def read(content: str) -> Challenge:
    """Read the answer to the vectors' claim, as the user and the enrolment that the vectors' documents name."""
    claim = json.loads(MESSAGES["claims"][0]["content"])
    nonce = claim.pop("nonce")
    own = load("challenge_documents.json")[0]["document"]
    return challenges.read_challenge(
        content.encode(),
        otp=OtpString(**claim),
        nonce=nonce,
        profile_id=own["profile_id"],
        enrollment_id=own["enrollment_id"],
    )


@pytest.mark.parametrize("case", load("challenge_documents.json"), ids=by_name)
def test_a_document_is_shown_if_it_is_for_this_phone(case: dict[str, Any]) -> None:
    content = json.dumps({"nonce": MESSAGES["claim_answer"]["nonce"], "challenge_document": case["document_b64"]})
    if case["show"]:
        challenge = read(content)
        assert (challenge.document, challenge.document_b64) == (case["document"], case["document_b64"])
        return
    with pytest.raises(SdkError) as refused:
        read(content)
    assert refused.value.code is Code.GeneralError


def test_the_answer_to_another_claim_is_not_believed() -> None:
    assert read(MESSAGES["claim_answer"]["content"]).transaction_id
    with pytest.raises(SdkError):
        read(MESSAGES["claim_answer"]["content_of_another_claim"])


def test_answers_are_written_like_the_vectors() -> None:
    challenge = read(MESSAGES["claim_answer"]["content"])
    for case in MESSAGES["answers"]:
        answer = Answer(Decision(case["decision"]), case["reason"])
        assert json.loads(challenges.answer_content(challenge, answer)) == json.loads(case["content"])
    for case in MESSAGES["answers_with_a_number"]:
        answer = Answer(Decision.ACCEPT, number=case["number"])
        assert json.loads(challenges.answer_content(challenge, answer)) == json.loads(case["content"])


def test_verdicts_are_read() -> None:
    transaction_id = json.loads(MESSAGES["claims"][0]["content"])["transaction_id"]
    for case in MESSAGES["verdicts"]:
        read = challenges.read_verdict(case["content"].encode(), transaction_id)
        assert (read.word, read.tries_left) == (case["verdict"], json.loads(case["content"]).get("tries_left"))
        with pytest.raises(SdkError):
            challenges.read_verdict(case["content"].encode(), "another")


@pytest.mark.parametrize("case", SEALED["to_device"], ids=by_name)
def test_a_servers_message_opens_or_is_not_believed(case: dict[str, Any]) -> None:
    device, server = DeviceKey.from_secret(SEALED["device"]["secret_key"]), ServerKey(SEALED["server"]["public_key"])
    assert server.fingerprint == SEALED["server"]["fingerprint"]
    body = base64.b64decode(case["message"])
    if case["believed"]:
        assert open_message(body, receiver=device, sender=server) == case["content"].encode()
        return
    with pytest.raises(MessageRefused):
        open_message(body, receiver=device, sender=server)


def by_code(case: dict[str, Any]) -> str:
    return "-".join([case["body"]["code"], *([case["body"]["rule"]] if "rule" in case["body"] else [])])


@pytest.mark.parametrize("case", load("errors.json"), ids=by_code)
def test_a_refusal_has_the_contracts_number(case: dict[str, Any]) -> None:
    body = json.dumps(case["body"]).encode()
    problem = find_problem(HttpAnswer(case["status"], body, "application/problem+json"))
    assert problem is not None
    error = to_error(problem)
    assert (error.code.value, error.code.name) == (case["sdk_code"], case["sdk_name"])
