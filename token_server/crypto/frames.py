"""The frames of a rotating code: time-based one-time passwords of one transaction's own secret.

Source: RFC 6238 with HMAC-SHA-256, cut as RFC 4226 section 5.3 says: ten digits hold all 31 bits that it leaves. Which
counters are good when is asked of `domain/rotation.py`; this is the only file that knows `pyotp`.
"""

from __future__ import annotations

import hashlib
import secrets

import pyotp

DIGITS = 10
SECRET_OCTETS = 32


def new_frame_secret() -> bytes:
    """Return 256 random bits."""
    return secrets.token_bytes(SECRET_OCTETS)


class FrameMaker(pyotp.TOTP):
    """Makes the frames of one secret."""

    def __init__(self, secret: bytes) -> None:
        self._octets = secret
        super().__init__("", digits=DIGITS, digest=hashlib.sha256)

    def byte_secret(self) -> bytes:
        """Return the secret; pyotp would read it from base 32, in Python, for every frame anew."""
        return self._octets

    def make(self, counter: int) -> str:
        """Return the frame of that counter, ten digits."""
        return self.generate_otp(counter)
