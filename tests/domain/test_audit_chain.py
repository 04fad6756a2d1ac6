"""Canonical JSON as RFC 8785 has it, and a chain that is the same everywhere."""

from __future__ import annotations

import hashlib

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from token_server.domain.audit_chain import GENESIS, START, AuditEntry, Head, canonical, chain, commit, hash_entry

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
    people = '{"actor":"portal:shop","device_id":null,"salt":"00ff","user_id":null}'
    entry = (
        f'{{"commitment":"{link.commitment}","detail":{{"type":"login"}},"event":"transaction_started",'
        f'"event_id":"0190","occurred_at":1795000000000,"previous":"{"0" * 64}","sequence":1,"transaction_id":"t-1"}}'
    )
    assert link.sequence == 1
    assert link.commitment == hashlib.sha256(people.encode()).hexdigest()
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


@pytest.mark.parametrize("detail", ['{"a": 1.5}', '{"a": NaN}', "{", ""])
def test_a_detail_that_this_server_does_not_write_has_no_hash(detail: str) -> None:
    with pytest.raises(ValueError, match=r"number|Expecting"):
        hash_entry(ENTRY._replace(detail=detail), START, "00")
