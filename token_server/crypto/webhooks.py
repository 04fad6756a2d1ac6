"""Signatures by which a portal knows that a callback came from here and is not an old one.

Three headers: `webhook-id` stays the same when a message is sent again, `webhook-timestamp` is the attempt's, and
`webhook-signature` holds `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, once for each secret that signs.

Source: Standard Webhooks 1.0.0, https://github.com/standard-webhooks/standard-webhooks.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable

from token_server.crypto.prepared_hmac import PreparedHmac

PREFIX = "whsec_"
SECRET_OCTETS = 32
SHORTEST_SECRET, LONGEST_SECRET = 24, 64  # octets; the standard's limits


def new_secret() -> bytes:
    """Return a fresh secret."""
    return secrets.token_bytes(SECRET_OCTETS)


def write_secret(secret: bytes) -> str:
    """Return the secret as portals configure it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secret).decode()


def read_secret(text: str) -> bytes:
    """Return the secret in that text.

    Errors: ValueError with the end of the sentence "<setting> …"; it does not quote the text.
    """
    problem = f"must be {PREFIX} and base64 of {SHORTEST_SECRET} to {LONGEST_SECRET} random octets"
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise ValueError(problem) from None
    if not text.startswith(PREFIX) or not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
        raise ValueError(problem)
    return secret


def headers(signing: Iterable[PreparedHmac], webhook_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """Return the headers of one attempt, with a signature by each of the secrets, the first one's first.

    Neither id nor timestamp may hold a full stop, or the signed content could be cut in another place; ours never do.
    """
    content = b"%b.%d.%b" % (webhook_id.encode(), timestamp_s, body)
    signatures = [base64.b64encode(secret.digest(content)).decode() for secret in signing]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }
