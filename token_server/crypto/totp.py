"""Time-based one-time passwords for the people at the admin's desk (RFC 6238).

Six digits, thirty seconds, HMAC-SHA-1: what every authenticator app can do. SHA-1's collisions do not touch HMAC
(RFC 6151 says the same of MD5), and whoever sees codes learns nothing about the next one.
"""

from __future__ import annotations

import base64
import hmac
import secrets

import pyotp

SECRET_OCTETS = 20  # RFC 4226 section 4, R6
STEP_S = 30
DIGITS = 6
STEPS_ASIDE = (0, -1, 1)  # RFC 6238 section 5.2: clocks differ, and people type slowly


def new_secret() -> bytes:
    """Return a fresh secret."""
    return secrets.token_bytes(SECRET_OCTETS)


def typed(secret: bytes) -> str:
    """Return the secret as people type it: base32, as authenticator apps take it."""
    return base64.b32encode(secret).decode()


def enrolling_uri(secret: bytes, *, account: str, issuer: str) -> str:
    """Return the text for the QR code that an authenticator app scans."""
    return pyotp.TOTP(typed(secret)).provisioning_uri(name=account, issuer_name=issuer)


def matching_step(secret: bytes, code: str, now_ms: int) -> int | None:
    """Return the time step the code belongs to, if it is now or one beside it.

    Whether that step was used before is for the caller to see to: a code is good once.
    """
    digits = code.replace(" ", "").encode()
    now = now_ms // 1000 // STEP_S
    totp = pyotp.TOTP(typed(secret), digits=DIGITS, interval=STEP_S)
    for step in (now + aside for aside in STEPS_ASIDE if now + aside >= 0):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits):
            return step
    return None
