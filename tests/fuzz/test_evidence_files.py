"""Files of evidence and of checkpoints come from strangers: whatever is in them, there is an answer, never a crash."""

from __future__ import annotations

import base64
import hashlib
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.pgp import SequoiaPhone
from token_server.admin.terminal.evidence import tell_evidence
from token_server.admin.terminal.telling import Teller
from token_server.crypto.checkpoint_keys import CheckpointKey
from token_server.crypto.openpgp.evidence import armor_answer, armor_key, key_fingerprint
from token_server.domain.audit_checkpoints import read_checkpoints
from token_server.domain.errors import InvalidParameter
from token_server.domain.evidence import PURPOSE, EvidenceFile, Statement
from token_server.flows.evidence_verification import verify_evidence

quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
PHONE, KEY = SequoiaPhone(), CheckpointKey.generate()


def forged(document: str, **changed: object) -> EvidenceFile:
    """Evidence all of whose parts somebody made themselves, signatures included."""
    shown = base64.b64encode(document.encode(errors="replace")).decode()
    answer = PHONE.sign(json.dumps({"decision": "accept", "challenge_document": shown}).encode())
    facts: dict[str, object] = {
        "purpose": PURPOSE,
        "transaction_id": "t-1",
        "client_id": "shop",
        "outcome": "accepted",
        "ended_at": 1_795_000_000_000,
        "challenge_document": document,
        "device_key_fingerprint": key_fingerprint(PHONE.public),
        "device_key_sha256": hashlib.sha256(PHONE.public).hexdigest(),
        "signed_answer_sha256": hashlib.sha256(answer).hexdigest(),
        "audit_sequence": 1,
        "audit_entry_hash": "00",
        "countersigned_at": 1_795_000_000_000,
        "countersigned_by": KEY.public,
        **changed,
    }
    statement = Statement(**facts)  # type: ignore[arg-type]
    return EvidenceFile(statement, KEY.sign(statement.text), armor_answer(answer), armor_key(PHONE.public))


GOOD = forged(
    json.dumps(
        {"transaction_id": "t-1", "user_id": "alice", "message": "Log in", "portal": {"name": "Shop", "origin": "x"}}
    )
)


def told(text: str) -> bool:
    """Check the text, tell it to both kinds of readers, and return whether it was good."""
    report = verify_evidence(text)
    for as_json in (False, True):
        lines: list[str] = []
        tell_evidence(Teller(lines.append, as_json=as_json), report, is_key_known=False)
        assert lines
        assert as_json or all(line.isprintable() for line in lines)
    return report.is_good


def test_what_is_played_with_below_is_good() -> None:
    assert told(GOOD.text)


@quick
@given(st.text(max_size=300))
def test_no_text_is_evidence(text: str) -> None:
    assert not told(text)


@quick
@given(st.integers(0, len(GOOD.text) - 1), st.integers(0, 40), st.text(max_size=40))
def test_evidence_with_another_part_is_none(place: int, length: int, other: str) -> None:
    changed = GOOD.text[:place] + other + GOOD.text[place + length :]
    if changed.replace("\r\n", "\n") != GOOD.text:
        assert not told(changed)


@quick
@given(st.sampled_from(Statement._fields), JSON)
def test_a_statement_that_somebody_signed_themselves_is_read_whatever_it_says(name: str, value: object) -> None:
    try:
        file = forged(GOOD.statement.challenge_document, **{name: value})
        text = file.text
    except ValueError:
        return  # what cannot even be written
    told(text)


@quick
@given(JSON)
def test_a_document_that_somebody_made_up_is_read_whatever_it_says(document: object) -> None:
    told(forged(json.dumps(document)).text)


@quick
@given(st.lists(st.text(max_size=60) | JSON.map(json.dumps), max_size=5))
def test_no_lines_are_checkpoints(lines: list[str]) -> None:
    try:
        read_checkpoints(lines)
    except InvalidParameter:
        return
    raise AssertionError(lines)
