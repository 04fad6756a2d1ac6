"""Secrets that somebody carries: made here, remembered only as a keyed hash.

Each kind has a prefix, so a scanner finds one that leaked: `tsa_` API client, `tsd_` device, `tsc_` registration code,
`tsr_` refresh token, `tsv_` view token. They are random and long, so a fast keyed hash is the right one: nobody can
guess them, and without the key nobody can even test a guess against a stolen table.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence

from token_server.crypto.prepared_hmac import PreparedHmac

SECRET_OCTETS = 32
SHORTEST_KEY = 32
LONGEST_DERIVED = 32


def new_secret(prefix: str) -> str:
    """Return the prefix and 256 random bits in base64url."""
    return prefix + secrets.token_urlsafe(SECRET_OCTETS)


class KeyedHash:
    """HMAC-SHA256 under one key, with a purpose, so a value hashed for one purpose matches for no other.

    Source: RFC 2104; the key is split in two first, so what `of` writes to a table says nothing about `derive`.
    """

    __slots__ = ("_deriving", "_hashing")

    def __init__(self, key: bytes) -> None:
        if len(key) < SHORTEST_KEY:
            raise ValueError(f"a key needs {SHORTEST_KEY} octets")
        self._hashing = PreparedHmac(hmac.digest(key, b"hashing", "sha256"))
        self._deriving = PreparedHmac(hmac.digest(key, b"deriving", "sha256"))

    def of(self, purpose: str, value: str) -> str:
        """Return the hash to store, in lower-case hex."""
        return self._hashing.digest(_framed(purpose, value)).hex()

    def matches(self, purpose: str, value: str, digest: str) -> bool:
        """Whether the value has this hash; takes the same time wherever they differ."""
        return hmac.compare_digest(self.of(purpose, value).encode(), digest.encode())

    def matches_any(self, purpose: str, value: str, digests: Sequence[str]) -> bool:
        """Whether the value has one of these hashes; takes the same time whichever it is."""
        own = self.of(purpose, value).encode()
        return sum(hmac.compare_digest(own, digest.encode()) for digest in digests) > 0  # all are compared

    def derive(self, purpose: str, value: str, length: int = 16) -> bytes:
        """Return a secret that anyone with the key can make again from the value, so nobody has to store it.

        Units: `length` is in octets, at most 32.
        """
        if not 0 < length <= LONGEST_DERIVED:
            raise ValueError(f"a derived secret has 1 to {LONGEST_DERIVED} octets")
        return self._deriving.digest(_framed(purpose, value))[:length]


def _framed(purpose: str, value: str) -> bytes:
    name = purpose.encode()
    # A stranger's JSON may hold half a surrogate pair, which plain UTF-8 cannot say; it simply matches nothing.
    return len(name).to_bytes(2, "big") + name + value.encode(errors="surrogatepass")
