"""The server's OTP strings: every reader of base64 gets the same out of them, and nobody can make or bend one."""

from __future__ import annotations

import base64
import json
import re
import string
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from sdk_stub.errors import Code, SdkError
from sdk_stub.otp_strings import OtpString, read_otp_string
from tests.stores.planting import TRANSACTION
from tests.support.clock import FrozenClock
from tests.support.openapi import PORTAL, load
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.crypto.key_file import KeyFile
from token_server.crypto.sealing import Sealer
from token_server.domain.otp_strings import make_otp_string
from token_server.domain.transactions import Transaction
from token_server.flows.mobile_authentication.codes import OneTimeCodes

ALPHABET = string.ascii_letters + string.digits + "-_"
DOCUMENTED = re.compile(load(PORTAL)["components"]["schemas"]["StartedTransaction"]["properties"]["otp"]["pattern"])
ids = st.uuids(version=4).map(str)
shared_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def sealer(tmp_path: Path) -> Sealer:
    """Seals under a key file of its own."""
    return Sealer(KeyFile.load_or_create(tmp_path / "server.key"))


@pytest.fixture
def codes(sealer: Sealer) -> OneTimeCodes:
    """One server's codes."""
    return OneTimeCodes(KeyedHash(bytes(range(32))), sealer, FrozenClock())


def named(transaction_id: str) -> Transaction:
    """A transaction of that id, whose code stays."""
    return TRANSACTION._replace(transaction_id=transaction_id)


@shared_fixture
@given(transaction_id=ids, rotates=st.booleans())
def test_what_the_server_writes_is_what_the_document_says_and_the_phone_reads(
    codes: OneTimeCodes, transaction_id: str, *, rotates: bool
) -> None:
    transaction = named(transaction_id)
    if rotates:
        transaction = transaction._replace(rotation_s=1, sealed_frame_secret=codes.new_frame_secret(transaction_id))
    text = codes.otp_string(transaction)
    assert DOCUMENTED.fullmatch(text)
    read = read_otp_string(text)
    assert read.transaction_id == transaction_id
    assert len(base64.urlsafe_b64decode(read.otp + "==")) == 16
    assert codes.matches(transaction_id, read.otp)
    padded = text + "=" * (-len(text) % 4)
    for other in (padded, padded.translate(str.maketrans("-_", "+/")), f" {text[:50]}\n{text[50:]}\n"):
        assert read_otp_string(other) == read


@shared_fixture
@given(ids, ids)
def test_a_code_is_good_for_one_transaction_and_one_server(
    codes: OneTimeCodes, sealer: Sealer, one: str, another: str
) -> None:
    assume(one != another)
    code = read_otp_string(codes.otp_string(named(one))).otp
    assert not codes.matches(another, code)
    assert not OneTimeCodes(KeyedHash(bytes(32)), sealer, FrozenClock()).matches(one, code)


@shared_fixture
@given(ids, st.text(max_size=64))
@example(str(uuid.UUID(int=0, version=4)), "")
def test_nobody_guesses_a_code(codes: OneTimeCodes, transaction_id: str, guess: str) -> None:
    assert not codes.matches(transaction_id, guess)


@shared_fixture
@given(ids, st.data())
def test_a_bent_otp_string_is_unreadable_or_matches_nothing_or_means_the_same(
    codes: OneTimeCodes, transaction_id: str, data: st.DataObject
) -> None:
    text = codes.otp_string(named(transaction_id))
    at = data.draw(st.integers(0, len(text) - 1))
    bent = text[:at] + data.draw(st.sampled_from(ALPHABET.replace(text[at], ""))) + text[at + 1 :]
    try:
        read = read_otp_string(bent)
    except SdkError as error:
        assert error.code is Code.NotHandleable  # noqa: PT017 - either way is fine
    else:
        assert read == read_otp_string(text) or not codes.matches(read.transaction_id, read.otp)


@given(st.text(ALPHABET, min_size=1, max_size=128), st.text(ALPHABET, min_size=1, max_size=128))
def test_any_transaction_and_code_come_out_as_they_went_in(transaction_id: str, code: str) -> None:
    text = make_otp_string(transaction_id, code)
    assert read_otp_string(text) == OtpString(transaction_id, code)
    assert json.loads(base64.urlsafe_b64decode(text + "==")) == {"transaction_id": transaction_id, "otp": code}
