"""The OTP string: what stands in the QR code, and what the app hands to its SDK unread.

It is base64url without padding of the compact JSON `{"transaction_id": …, "otp": …}` (reference: SDK contract
section 5.1; the alphabet survives links and QR codes unescaped).
"""

from __future__ import annotations

import base64
import json


def make_otp_string(transaction_id: str, code: str) -> str:
    """Return the text for the QR code of one transaction."""
    payload = json.dumps({"transaction_id": transaction_id, "otp": code}, separators=(",", ":"))
    return base64.urlsafe_b64encode(payload.encode()).rstrip(b"=").decode()
