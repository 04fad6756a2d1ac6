"""What a portal's signed assertion has to say to be good: who, to whom, until when, and once.

Source: RFC 7523 section 3, OpenID Connect Core section 9; the rule for `aud` is that of draft-ietf-oauth-rfc7523bis.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE_S = 600
# Portals are servers and keep time by NTP: this is for those who do it badly. Phones get more (decision 0006).
CLOCK_TOLERANCE_S = 60
LONGEST_JTI = 255


@dataclass(frozen=True)
class GoodAssertion:
    """An assertion that says what it has to; from `expires_at` (ms) on it does not any more."""

    client_id: str
    jti: str
    expires_at: int


def claimed_client(claims: Mapping[str, Any]) -> str:
    """Return the id of the client that the assertion says it is from; empty when it does not say."""
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else ""


def judge_claims(claims: Mapping[str, Any], *, audience: str, now_ms: int) -> GoodAssertion | None:
    """Return the assertion if it is for that audience and good now; None if anything about it is not as it must be."""
    client_id, jti = claimed_client(claims), claims.get("jti")
    if not client_id or claims.get("sub") != client_id or claims.get("aud") not in (audience, [audience]):
        return None
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
        return None
    expires_s, now_s = _time(claims, "exp"), now_ms / 1000
    if expires_s is None or not now_s < expires_s + CLOCK_TOLERANCE_S <= now_s + LONGEST_LIFE_S + 2 * CLOCK_TOLERANCE_S:
        return None
    begins = [_time(claims, name) for name in ("iat", "nbf") if name in claims]
    if any(each is None or each > now_s + CLOCK_TOLERANCE_S for each in begins):
        return None
    return GoodAssertion(client_id, jti, math.ceil((expires_s + CLOCK_TOLERANCE_S) * 1000))


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    """Return a NumericDate (RFC 7519 section 2), which may have a fraction."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:  # noqa: PLR2004 - no time
        return None
    return None if math.isnan(value) else float(value)
