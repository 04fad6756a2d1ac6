"""The OTP string: what stands in the QR code, and what the app hands to its SDK unread.

It is base64url without padding of the compact JSON `{"transaction_id": …, "otp": …}` (reference: SDK contract
section 5.1; the alphabet survives links and QR codes unescaped). One that changes has `"frame"` besides.
"""

from __future__ import annotations

import base64
import json

_COMPACT = json.JSONEncoder(separators=(",", ":"))


def make_otp_string(transaction_id: str, code: str, frame: str | None = None) -> str:
    """Return the text for the QR code of one transaction."""
    members = {"transaction_id": transaction_id, "otp": code}
    if frame is not None:
        members["frame"] = frame
    return base64.urlsafe_b64encode(_COMPACT.encode(members).encode()).rstrip(b"=").decode()
