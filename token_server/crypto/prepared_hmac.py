"""HMAC-SHA256 under a key that is used again and again.

`hmac.digest` has OpenSSL look its algorithms up by name each time, which takes several times as long as hashing.
"""

from __future__ import annotations

import hashlib

BLOCK_OCTETS = 64


class PreparedHmac:
    """A key with its half of the work done beforehand, as RFC 2104 section 4 suggests."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        if len(key) > BLOCK_OCTETS:
            raise ValueError(f"a key has at most {BLOCK_OCTETS} octets")  # longer ones would have to be hashed first
        block = int.from_bytes(key.ljust(BLOCK_OCTETS, b"\0"), "big")
        self._inner, self._outer = (
            hashlib.sha256((block ^ int.from_bytes(pad * BLOCK_OCTETS, "big")).to_bytes(BLOCK_OCTETS, "big"))
            for pad in (b"\x36", b"\x5c")
        )

    def digest(self, message: bytes) -> bytes:
        """Return the message's code, 32 octets."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()
