"""The OTP string: what an app scans and hands over unread.

It is base64 of a JSON object with `transaction_id` and `otp`, and `frame` where the code changes. The vendor never said
which base64, so every flavour is read: standard or URL-safe alphabet, padded or not, with white space from a mail
client in between.
"""

from __future__ import annotations

import base64
import binascii
import json
import string
from dataclasses import dataclass
from typing import Any

from sdk_stub.errors import Code, SdkError

LONGEST = 4096  # a QR code (ISO/IEC 18004, version 40-L) holds at most 4296 characters
LONGEST_MEMBER = 512
VISIBLE = frozenset(string.ascii_letters + string.digits + string.punctuation)
FOREIGN = "This code is not meant for this app, or it is damaged"


@dataclass(frozen=True)
class OtpString:
    """A read OTP string: which transaction, the one-time code that claims it, and when it was seen if that matters."""

    transaction_id: str
    otp: str
    frame: str | None = None


def read_otp_string(text: str) -> OtpString:
    """Return what the scanned text says.

    Errors: SdkError 10018 for anything that is not an OTP string.
    """
    members = _members(_decode(text))
    frame = None if members.get("frame") is None else _member(members, "frame")
    return OtpString(_member(members, "transaction_id"), _member(members, "otp"), frame)


def _decode(text: str) -> bytes:
    compact = "".join(text.split()).rstrip("=").translate(str.maketrans("-_", "+/"))
    if not compact or len(compact) > LONGEST:
        raise SdkError(Code.NotHandleable, FOREIGN)
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (ValueError, binascii.Error) as error:
        raise SdkError(Code.NotHandleable, FOREIGN) from error


def _members(payload: bytes) -> dict[str, Any]:
    try:
        members = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise SdkError(Code.NotHandleable, FOREIGN) from error
    if not isinstance(members, dict):
        raise SdkError(Code.NotHandleable, FOREIGN)
    return members


def _member(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if isinstance(value, str) and 0 < len(value) <= LONGEST_MEMBER and set(value) <= VISIBLE:
        return value
    raise SdkError(Code.NotHandleable, FOREIGN)
