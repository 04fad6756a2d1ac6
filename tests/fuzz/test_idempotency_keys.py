"""Whatever is sent as an Idempotency-Key is a key, or refused; never something in between."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from token_server.domain.errors import InvalidParameter
from token_server.web.idempotency import HEADER, idempotency_key

printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=255)


def read(*sent: str) -> str | None:
    return idempotency_key(make_mocked_request("POST", "/", headers=CIMultiDict((HEADER, each) for each in sent)))


@given(printable)
def test_printable_ascii_is_a_key_as_it_stands(key: str) -> None:
    assert read(key) == key


@given(st.text(max_size=300) | st.text(st.characters(max_codepoint=0xFF), max_size=300))
def test_anything_is_a_key_or_refused(sent: str) -> None:
    is_key = 0 < len(sent) <= 255 and all(" " <= character <= "~" for character in sent)
    if is_key:
        assert read(sent) == sent
    else:
        with pytest.raises(InvalidParameter, match=r"^Idempotency-Key must be 1 to 255 printable ASCII characters"):
            read(sent)


@given(printable, printable)
def test_two_keys_are_none(one: str, other: str) -> None:
    for sent in ((one, other), (one, one)):
        with pytest.raises(InvalidParameter):
            read(*sent)


def test_no_header_is_no_key() -> None:
    assert read() is None
