"""Refresh tokens that need no storage: a grant and its generation, under a message authentication code.

The same grant and generation always give the same token, so a phone whose answer was lost can be answered alike. The
table knows the grant's newest generation; whoever presents an older one shows that the token was copied.

    tsr_ base64url( code (32) | generation (8, big-endian) | grant id )
"""

from __future__ import annotations

import base64
import hmac

from token_server.crypto.bearer_secrets import KeyedHash

PREFIX = "tsr_"
PURPOSE = "refresh_token"
CODE_OCTETS = 32
GENERATION_OCTETS = 8
LONGEST_TOKEN = 512


def make(keyed: KeyedHash, grant_id: str, generation: int) -> str:
    """Return the refresh token of this generation of the grant."""
    code = keyed.derive(PURPOSE, f"{generation}:{grant_id}", CODE_OCTETS)
    octets = code + generation.to_bytes(GENERATION_OCTETS, "big") + grant_id.encode()
    return PREFIX + base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def read(keyed: KeyedHash, token: str) -> tuple[str, int] | None:
    """Return the grant id and the generation of a token that we made; None for anything else."""
    if not token.startswith(PREFIX) or not token.isascii() or len(token) > LONGEST_TOKEN:
        return None
    try:
        encoded = token.removeprefix(PREFIX)
        octets = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        grant_id = octets[CODE_OCTETS + GENERATION_OCTETS :].decode()
    except ValueError:
        return None
    generation = int.from_bytes(octets[CODE_OCTETS : CODE_OCTETS + GENERATION_OCTETS], "big")
    if not hmac.compare_digest(make(keyed, grant_id, generation).encode(), token.encode()):
        return None
    return grant_id, generation
