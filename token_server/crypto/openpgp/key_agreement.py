"""ECDH on Curve25519 as OpenPGP does it: from a shared secret to the key that wraps a session key.

Source: RFC 9580 section 11.5 (ECDH); RFC 3394 (key wrap).
"""

from __future__ import annotations

from typing import NamedTuple

from token_server.crypto.openpgp.algorithms import AES_KEY_OCTETS, CURVE25519_LEGACY, HASHERS, HASHES, KeyAlgorithm

SENDER = b"Anonymous Sender    "
KDF_OCTETS = 3


class KeyDerivation(NamedTuple):
    """How a receiver's key derives wrapping keys; `mixed_in` binds them to that key."""

    hash_name: str
    key_octets: int
    mixed_in: bytes

    def wrapping_key(self, shared: bytes) -> bytes:
        """Return the key for RFC 3394 that belongs to a shared secret."""
        digest: bytes = HASHERS[self.hash_name](b"\0\0\0\1" + shared + self.mixed_in).digest()
        return digest[: self.key_octets]


def key_derivation(kdf: bytes, fingerprint: bytes) -> KeyDerivation | None:
    """Return the derivation that a Curve25519 key asks for; None when it asks for something that we do not do.

    Shapes: `kdf` is the field of the key packet after its length: 1, hash function, cipher.
    """
    if len(kdf) != KDF_OCTETS or kdf[0] != 1 or kdf[1] not in HASHES or kdf[2] not in AES_KEY_OCTETS:
        return None
    curve = bytes((len(CURVE25519_LEGACY),)) + CURVE25519_LEGACY
    mixed_in = curve + bytes((KeyAlgorithm.ECDH, KDF_OCTETS)) + kdf + SENDER + fingerprint
    return KeyDerivation(HASHES[kdf[1]], AES_KEY_OCTETS[kdf[2]], mixed_in)
