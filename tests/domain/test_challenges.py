"""The OTP string, and what phone and server say inside their messages."""

from __future__ import annotations

import base64
import json

import pytest

from token_server.domain.challenges import (
    AnswerRequest,
    ClaimRequest,
    make_challenge_document,
    make_claim_answer,
    make_verdict,
    read_answer,
    read_claim,
)
from token_server.domain.errors import MessageRefused
from token_server.domain.otp_strings import make_otp_string
from token_server.domain.transactions import Decision, DenialReason

TRANSACTION_ID = "5927555c-d40c-408d-8149-b3db671e14cc"
CLAIM = {"transaction_id": TRANSACTION_ID, "otp": "code", "nonce": "n"}
ANSWER = {"decision": "accept", "challenge_document": "e30="}


def test_the_otp_string_is_this_one() -> None:
    text = make_otp_string(TRANSACTION_ID, "AAECAwQFBgcICQoLDA0ODw")
    assert text == (
        "eyJ0cmFuc2FjdGlvbl9pZCI6IjU5Mjc1NTVjLWQ0MGMtNDA4ZC04MTQ5LWIzZGI2NzFlMTRjYyIsIm90cCI6IkFBRUNBd1FG"
        "QmdjSUNRb0xEQTBPRHcifQ"
    )


def test_the_otp_string_of_a_code_that_changes_has_its_frame() -> None:
    text = make_otp_string(TRANSACTION_ID, "code", "0123456789")
    decoded = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert decoded == {"transaction_id": TRANSACTION_ID, "otp": "code", "frame": "0123456789"}


def test_the_otp_string_survives_links_and_qr_codes_unescaped() -> None:
    text = make_otp_string(TRANSACTION_ID, "~~~???>>>")
    assert text.replace("-", "").replace("_", "").isalnum()
    decoded = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert decoded == {"transaction_id": TRANSACTION_ID, "otp": "~~~???>>>"}


def test_a_claim_is_read() -> None:
    assert read_claim(json.dumps(CLAIM).encode()) == ClaimRequest(TRANSACTION_ID, "code", "n")
    assert read_claim(json.dumps({**CLAIM, "more": 1}).encode()) == ClaimRequest(TRANSACTION_ID, "code", "n")


def test_a_claim_may_have_a_frame() -> None:
    assert read_claim(json.dumps({**CLAIM, "frame": None}).encode()).frame is None
    assert read_claim(json.dumps({**CLAIM, "frame": "0123456789"}).encode()).frame == "0123456789"


@pytest.mark.parametrize("frame", ["", 7, True, [], {}, "x" * 513, "ü"])
def test_a_frame_is_short_ascii_text(frame: object) -> None:
    with pytest.raises(MessageRefused, match="frame") as caught:
        read_claim(json.dumps({**CLAIM, "frame": frame}).encode())
    assert caught.value.rule == "content"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"null", b"\xff", b'"x"', b"[" * 100_000])
def test_content_that_is_no_object_is_refused(content: bytes) -> None:
    for read in (read_claim, read_answer):
        with pytest.raises(MessageRefused) as caught:
            read(content)
        assert caught.value.rule == "content"


@pytest.mark.parametrize("name", list(CLAIM))
@pytest.mark.parametrize("value", [None, "", 7, True, [], {}, "x" * 513, "ü"])
def test_every_member_of_a_claim_is_short_ascii_text(name: str, value: object) -> None:
    with pytest.raises(MessageRefused, match=name) as caught:
        read_claim(json.dumps({**CLAIM, name: value}).encode())
    assert caught.value.rule == "content"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, AnswerRequest(Decision.ACCEPT, None, b"{}")),
        ({"reason": None}, AnswerRequest(Decision.ACCEPT, None, b"{}")),
        ({"decision": "deny"}, AnswerRequest(Decision.DENY, None, b"{}")),
        ({"decision": "deny", "reason": "not_me"}, AnswerRequest(Decision.DENY, DenialReason.NOT_ME, b"{}")),
        ({"number": "07"}, AnswerRequest(Decision.ACCEPT, None, b"{}", "07")),
        ({"number": None}, AnswerRequest(Decision.ACCEPT, None, b"{}")),
    ],
)
def test_an_answer_is_read(changed: dict[str, object], expected: AnswerRequest) -> None:
    assert read_answer(json.dumps({**ANSWER, **changed}).encode()) == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"decision": "ACCEPT"},
        {"decision": None},
        {"decision": 1},
        {"reason": "not_me"},
        {"decision": "deny", "reason": "bored"},
        {"decision": "deny", "reason": 7},
        {"number": "7"},
        {"number": "007"},
        {"number": ""},
        {"number": "4x"},
        {"number": "٤٢"},
        {"number": 42},
        {"number": ["42"]},
        {"number": False},
        {"decision": "deny", "number": "42"},
        {"challenge_document": "*"},
        {"challenge_document": "e30"},
        {"challenge_document": 7},
        {"challenge_document": True},
        {"challenge_document": None},
        {"challenge_document": ""},
    ],
)
def test_an_answer_that_is_none_of_the_allowed_ones_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(MessageRefused) as caught:
        read_answer(json.dumps({**ANSWER, **changed}).encode())
    assert caught.value.rule == "content"


def test_what_the_server_says_is_compact_json() -> None:
    document = make_challenge_document({"message": "Grüße", "expires_at": 1})
    assert document == '{"message":"Grüße","expires_at":1}'.encode()
    answer = json.loads(make_claim_answer("n", document))
    assert answer == {"nonce": "n", "challenge_document": base64.b64encode(document).decode()}
    assert make_verdict(TRANSACTION_ID, "accepted") == (
        b'{"transaction_id":"5927555c-d40c-408d-8149-b3db671e14cc","verdict":"accepted"}'
    )
    assert json.loads(make_verdict(TRANSACTION_ID, "wrong_number", tries_left=2))["tries_left"] == 2
