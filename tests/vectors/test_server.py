"""The server keeps to the shared vectors."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.make import GUIDE, OPENPGP, PLAIN, guide, load, make, written
from token_server.crypto.frames import FrameMaker
from token_server.crypto.openpgp import ServerKey, check_proof, open_message, read_device_key
from token_server.domain import challenges
from token_server.domain.errors import MessageRefused
from token_server.domain.otp_strings import make_otp_string
from token_server.domain.rotation import acceptable_counters, counter_at
from token_server.mobile_api import errors as mobile_errors

FRAMES, MESSAGES, SEALED = load("frames.json"), load("messages.json"), load(OPENPGP)


def by_name(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("name", PLAIN)
def test_the_files_are_what_the_script_writes(name: str) -> None:
    assert written(load(name)) == written(PLAIN[name]()), "run: python -m tests.vectors.make"


def test_the_mobile_guide_tells_of_every_refusal() -> None:
    assert GUIDE.read_text("utf-8") == guide(), "run: python -m tests.vectors.make"


def test_the_script_keeps_keys_unless_new_ones_are_wanted(tmp_path: Path) -> None:
    (tmp_path / OPENPGP).write_text("kept")
    make(tmp_path, new_keys=False)
    assert (tmp_path / OPENPGP).read_text() == "kept"
    assert {path.name for path in tmp_path.iterdir()} == {*PLAIN, OPENPGP}


def test_qr_codes_are_written_like_the_vectors() -> None:
    plain, rotating, *_ = load("otp_strings.json")["good"]
    for case in (plain, rotating):
        members = case["members"]
        assert make_otp_string(members["transaction_id"], members["otp"], members.get("frame")) == case["text"]


def test_frames_are_made_like_the_vectors() -> None:
    frames = FrameMaker(base64.b64decode(FRAMES["secret"]))
    for case in FRAMES["shown"]:
        assert frames.make(counter_at(case["at"], FRAMES["rotation_s"])) == case["frame"]


@pytest.mark.parametrize("case", FRAMES["claims"], ids=lambda case: str(case["claimed_at"] - case["first_shown_at"]))
def test_a_frame_can_be_claimed_as_long_as_the_vectors_say(case: dict[str, Any]) -> None:
    frames = FrameMaker(base64.b64decode(FRAMES["secret"]))
    counters = acceptable_counters(case["claimed_at"], FRAMES["rotation_s"], FRAMES["accept_window_s"])
    assert (case["frame"] in [frames.make(counter) for counter in counters]) == case["accepted"]


def test_claims_are_read() -> None:
    for case in MESSAGES["claims"]:
        members = json.loads(case["content"])
        read = challenges.read_claim(case["content"].encode())
        assert (read.transaction_id, read.otp, read.nonce) == (
            members["transaction_id"],
            members["otp"],
            members["nonce"],
        )
        assert read.frame == members.get("frame")


def test_answers_are_read() -> None:
    for case in MESSAGES["answers"]:
        read = challenges.read_answer(case["content"].encode())
        assert (read.decision, read.reason) == (case["decision"], case["reason"])
        assert base64.b64encode(read.challenge_document).decode() == json.loads(case["content"])["challenge_document"]


def test_a_number_is_read_as_it_was_typed() -> None:
    for case in MESSAGES["answers_with_a_number"]:
        assert challenges.read_answer(case["content"].encode()).number == case["number"]


@pytest.mark.parametrize("case", MESSAGES["refused_claims"], ids=by_name)
def test_a_claim_that_is_none_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(MessageRefused) as refused:
        challenges.read_claim(case["content"].encode())
    assert refused.value.rule == case["rule"]


@pytest.mark.parametrize("case", MESSAGES["refused_answers"], ids=by_name)
def test_an_answer_that_is_none_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(MessageRefused) as refused:
        challenges.read_answer(case["content"].encode())
    assert refused.value.rule == case["rule"]


def test_the_servers_own_words_are_the_vectors() -> None:
    case = MESSAGES["claim_answer"]
    document = base64.b64decode(json.loads(case["content"])["challenge_document"])
    assert challenges.make_claim_answer(case["nonce"], document) == case["content"].encode()
    for verdict in MESSAGES["verdicts"]:
        members = json.loads(verdict["content"])
        more = {name: members[name] for name in members.keys() - {"transaction_id", "verdict"}}
        made = challenges.make_verdict(members["transaction_id"], verdict["verdict"], **more)
        assert made == verdict["content"].encode()


@pytest.mark.parametrize("case", load("challenge_documents.json"), ids=by_name)
def test_documents_are_written_like_the_vectors(case: dict[str, Any]) -> None:
    assert challenges.make_challenge_document(case["document"]) == base64.b64decode(case["document_b64"])


@pytest.mark.parametrize("case", SEALED["to_server"], ids=by_name)
def test_a_phones_message_opens_or_is_refused_by_its_rule(case: dict[str, Any]) -> None:
    server = ServerKey.from_secret(base64.b64decode(SEALED["server"]["secret_key"]))
    device = read_device_key(SEALED["device"]["public_key"].encode())
    body = base64.b64decode(case["message"])
    if case["rule"] is None:
        assert open_message(body, receiver=server, sender=device).content == case["content"].encode()
        return
    with pytest.raises(MessageRefused) as refused:
        open_message(body, receiver=server, sender=device)
    assert refused.value.rule == case["rule"]


def test_the_proof_of_the_vectors_is_believed() -> None:
    proof = SEALED["proof"]
    device = read_device_key(SEALED["device"]["public_key"].encode())
    check_proof(proof["access_token"].encode(), base64.b64decode(proof["signature"]), device)
    assert (
        ServerKey.from_secret(base64.b64decode(SEALED["server"]["secret_key"])).fingerprint
        == (SEALED["server"]["fingerprint"])
    )


def test_every_code_that_a_phone_can_meet_is_in_the_vectors() -> None:
    rows = [*mobile_errors.TABLE.values(), *mobile_errors.HTTP_TABLE.values(), mobile_errors.FAILED]
    cases = {(case["status"], case["body"]["code"]) for case in load("errors.json")}
    assert {(row.status, row.code) for row in rows} - cases - {(404, "not_enrolled")} == set()
    assert {code for _, code in cases} - {row.code for row in rows} == set()
