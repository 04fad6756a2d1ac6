"""What the phone does not believe: challenges and verdicts that are not the server's, or not about this request."""

from __future__ import annotations

import pysequoia
import pytest

from sdk_stub.errors import Code, SdkError
from sdk_stub.sdk import OneWelcomeSdk
from tests.sdk_stub.counterpart import Counterpart, Members, make_otp
from tests.support.phone import answer_with


async def refusal(phone: OneWelcomeSdk) -> Code:
    with pytest.raises(SdkError) as caught:
        await phone.handle_mobile_auth_with_otp(make_otp())
    return caught.value.code


@pytest.mark.parametrize("decision", ["accept", "deny"])
async def test_an_answer_found_invalid_is_an_error(
    enrolled: OneWelcomeSdk, counterpart: Counterpart, decision: str
) -> None:
    counterpart.reshape = lambda told: told | {"verdict": "invalid"} if "verdict" in told else told
    answer_with(enrolled, decision)
    assert await refusal(enrolled) is Code.InvalidRequest


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "another"},
        {"document": {"transaction_id": "t2"}},
        {"document": {"profile_id": "SOMEONE"}},
        {"document": {"enrollment_id": "older"}},
        {"document": {"portal": None}},
        {"document": {"message": None}},
        {"document": {"expires_at": "soon"}},
    ],
)
async def test_a_challenge_for_something_else_is_not_shown(
    enrolled: OneWelcomeSdk, counterpart: Counterpart, change: Members
) -> None:
    def reshape(told: Members) -> Members:
        return {**told, **change, "document": told["document"] | change.get("document", {})}

    counterpart.reshape = reshape
    events = answer_with(enrolled, "accept")
    assert await refusal(enrolled) is Code.GeneralError
    assert events == []


async def test_a_verdict_about_another_transaction_is_not_believed(
    enrolled: OneWelcomeSdk, counterpart: Counterpart
) -> None:
    counterpart.reshape = lambda told: told | {"transaction_id": "t2"} if "verdict" in told else told
    answer_with(enrolled, "accept")
    assert await refusal(enrolled) is Code.GeneralError


async def test_another_servers_signature_is_not_believed(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    impostor = pysequoia.Tsk.generate(user_id="server")

    def reseal(content: bytes, receiver: pysequoia.Cert) -> bytes:
        signed = pysequoia.sign(impostor.signer(), content, armor=False)
        return pysequoia.encrypt(recipients=[receiver], bytes=signed, armor=False)

    counterpart.reseal = reseal
    events = answer_with(enrolled, "accept")
    assert await refusal(enrolled) is Code.GeneralError
    assert events == []


async def test_an_unsigned_challenge_is_not_believed(enrolled: OneWelcomeSdk, counterpart: Counterpart) -> None:
    counterpart.reseal = lambda content, receiver: pysequoia.encrypt(recipients=[receiver], bytes=content, armor=False)
    assert await refusal(enrolled) is Code.GeneralError
