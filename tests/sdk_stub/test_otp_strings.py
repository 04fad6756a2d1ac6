"""The scanned text: every base64 flavour is read, everything else is not meant for us."""

from __future__ import annotations

import base64
import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk_stub.errors import Code, SdkError
from sdk_stub.otp_strings import OtpString, read_otp_string

words = st.text(string.ascii_letters + string.digits + "-_.~+/", min_size=1, max_size=80)
FLAVOURS = {
    "url-safe, unpadded": lambda payload: base64.urlsafe_b64encode(payload).rstrip(b"="),
    "url-safe, padded": base64.urlsafe_b64encode,
    "standard, padded": base64.b64encode,
    "standard, unpadded": lambda payload: base64.b64encode(payload).rstrip(b"="),
    "in lines": base64.encodebytes,
}


@given(transaction_id=words, otp=words, flavour=st.sampled_from(sorted(FLAVOURS)), spaces=st.booleans())
def test_every_flavour_is_read(transaction_id: str, otp: str, flavour: str, *, spaces: bool) -> None:
    payload = json.dumps({"transaction_id": transaction_id, "otp": otp, "later": 1}, indent=1 if spaces else None)
    text = FLAVOURS[flavour](payload.encode()).decode()
    assert read_otp_string(f" {text}\n" if spaces else text) == OtpString(transaction_id, otp)


@given(st.text() | st.binary().map(lambda junk: base64.b64encode(junk).decode()))
def test_anything_else_is_not_handleable(text: str) -> None:
    with pytest.raises(SdkError) as caught:
        read_otp_string(text)
    assert caught.value.code is Code.NotHandleable


@pytest.mark.parametrize(
    "members",
    [
        [],
        "text",
        {},
        {"transaction_id": "t"},
        {"otp": "o"},
        {"transaction_id": "", "otp": "o"},
        {"transaction_id": 1, "otp": "o"},
        {"transaction_id": "t", "otp": None},
        {"transaction_id": "t/../é", "otp": "o"},
        {"transaction_id": "t t", "otp": "o"},
        {"transaction_id": "t" * 513, "otp": "o"},
        {"transaction_id": "t", "otp": "o" * 5000},
    ],
)
def test_json_without_a_transaction_and_a_code_is_not_handleable(members: object) -> None:
    with pytest.raises(SdkError) as caught:
        read_otp_string(base64.b64encode(json.dumps(members).encode()).decode())
    assert caught.value.code is Code.NotHandleable


def test_deeply_nested_json_is_not_handleable() -> None:
    with pytest.raises(SdkError):
        read_otp_string(base64.b64encode(b"[" * 3000).decode())
