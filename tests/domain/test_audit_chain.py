"""Canonical JSON as RFC 8785 has it, and a chain that is the same everywhere."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from token_server.domain.audit_chain import (
    GENESIS,
    START,
    AuditEntry,
    Head,
    canonical,
    chain,
    commit,
    hash_entry,
    is_as_written,
)
from token_server.stores.audit_events import entry as entry_statement

ENTRY = AuditEntry(
    "0190", 1_795_000_000_000, "transaction_started", "portal:shop", "t-1", None, None, '{"type":"login"}'
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcXYZ_019", min_size=1), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abcXYZ_019", min_size=1), VALUES))
def test_canonical_json_is_the_standards(members: dict[str, object]) -> None:
    assert canonical(members) == rfc8785.dumps(members)  # type: ignore[arg-type]


def test_a_link_is_the_same_everywhere() -> None:
    link = chain(ENTRY, START, "00ff")
    people = '{"actor":"portal:shop","device_id":null,"personal":null,"salt":"00ff","user_id":null}'
    commitment = commit(ENTRY, "00ff")
    entry = (
        f'{{"commitment":"{commitment}","detail":{{"type":"login"}},"event":"transaction_started",'
        f'"event_id":"0190","occurred_at":1795000000000,"previous":"{"0" * 64}","sequence":1,"transaction_id":"t-1"}}'
    )
    assert link.sequence == 1
    assert commitment == hashlib.sha256(people.encode()).hexdigest()
    assert link.entry_hash == hashlib.sha256(entry.encode()).hexdigest()


def test_the_hash_covers_the_place_the_past_and_everything_in_the_entry() -> None:
    one = commit(ENTRY, "aa")
    other = ENTRY._replace(event_id="x")
    hashes = {
        hash_entry(ENTRY, START, one),
        hash_entry(ENTRY, Head(1, GENESIS), one),
        hash_entry(ENTRY, Head(0, "1" * 64), one),
        hash_entry(other, START, one),
        hash_entry(ENTRY, START, commit(ENTRY, "bb")),
    }
    assert len(hashes) == 5


@given(
    st.builds(
        AuditEntry,
        st.text(),
        st.integers(0, 2**48 - 1),
        st.text(),
        st.text(),
        st.none() | st.text(),
        st.none() | st.text(),
        st.none() | st.text(),
        st.dictionaries(st.text("abcXYZ_019", min_size=1), VALUES).map(lambda members: canonical(members).decode()),
        st.none() | st.text(),
    ),
    st.integers(0, 2**53 - 2),
)
def test_what_is_hashed_is_canonical_whatever_stands_in_an_entry(entry: AuditEntry, sequence: int) -> None:
    facts = entry._asdict()
    people = {"salt": "00ff", **{name: facts.pop(name) for name in ("actor", "user_id", "device_id", "personal")}}
    commitment = hashlib.sha256(rfc8785.dumps(people)).hexdigest()
    assert commit(entry, "00ff") == commitment
    facts |= {"detail": json.loads(entry.detail), "commitment": commitment, "sequence": sequence + 1}
    expected = rfc8785.dumps({**facts, "previous": GENESIS})
    assert hash_entry(entry, Head(sequence, GENESIS), commitment) == hashlib.sha256(expected).hexdigest()


@given(st.dictionaries(st.text("abcXYZ_019", min_size=1), VALUES), st.integers(0, 2**47))
def test_what_the_store_writes_is_as_written(detail: dict[str, Any], now: int) -> None:
    detail = {f"x{name}": value for name, value in detail.items()}  # no name of a column
    facts = entry_statement("event", actor="server", now=now, **detail).params
    assert is_as_written(ENTRY._replace(event_id=facts["event_id"], occurred_at=now, detail=facts["detail"]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "detail",
    [
        '{"a":1.5}',
        '{"a":NaN}',
        "{",
        "",
        "[]",
        '{"a": 1}',
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '{"a":"\\ud800"}',
        "[" * 99_999,
    ],
)
def test_a_detail_in_another_form_is_told_apart(detail: str) -> None:
    written = ENTRY._replace(event_id=f"{ENTRY.occurred_at:012x}00")
    assert is_as_written(written)
    assert not is_as_written(written._replace(detail=detail))
    assert not is_as_written(ENTRY), "its id says another time"
    assert hash_entry(written._replace(detail=detail), START, "00") != hash_entry(written, START, "00")
