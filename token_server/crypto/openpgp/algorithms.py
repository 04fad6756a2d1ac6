"""The numbers of RFC 9580 section 9 that this server accepts; what is not listed here is refused.

Curve25519 and Ed25519 exist twice: in the forms of RFC 9580 (25, 27) and the older ones (18 and 22 with an OID).
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from types import MappingProxyType


class KeyAlgorithm(IntEnum):
    """Public-key algorithms of accepted keys."""

    RSA = 1
    RSA_ENCRYPT = 2
    RSA_SIGN = 3
    ECDH = 18
    ECDSA = 19
    EDDSA_LEGACY = 22
    X25519 = 25
    ED25519 = 27


RSA = frozenset({KeyAlgorithm.RSA, KeyAlgorithm.RSA_ENCRYPT, KeyAlgorithm.RSA_SIGN})
ED25519 = frozenset({KeyAlgorithm.EDDSA_LEGACY, KeyAlgorithm.ED25519})
CAN_SIGN = frozenset(
    {KeyAlgorithm.RSA, KeyAlgorithm.RSA_SIGN, KeyAlgorithm.ECDSA, KeyAlgorithm.EDDSA_LEGACY, KeyAlgorithm.ED25519}
)
CAN_ENCRYPT = frozenset({KeyAlgorithm.RSA, KeyAlgorithm.RSA_ENCRYPT, KeyAlgorithm.ECDH, KeyAlgorithm.X25519})

ED25519_LEGACY = bytes.fromhex("2b06010401da470f01")
CURVE25519_LEGACY = bytes.fromhex("2b060104019755010501")
POINT_PREFIX = b"\x40"  # "native" point encoding, section 11.2.1
P256 = bytes.fromhex("2a8648ce3d030107")
P384 = bytes.fromhex("2b81040022")

HASHES = MappingProxyType({8: "sha256", 9: "sha384", 10: "sha512", 12: "sha3_256", 14: "sha3_512"})
HASHERS = MappingProxyType({name: getattr(hashlib, name) for name in HASHES.values()})  # quicker than by hashlib.new
AES_256 = 9
AES_KEY_OCTETS = MappingProxyType({7: 16, 8: 24, AES_256: 32})
SHA_512 = 10


def key_fingerprint(version: int, body: bytes) -> bytes:
    """Return the fingerprint of a public key packet.

    Source: RFC 9580 section 5.5.4; version 4 is SHA-1 by definition, a name and no protection.
    """
    framed = framed_key(version, body)
    if version == 4:  # noqa: PLR2004 (the format's version)
        return hashlib.sha1(framed, usedforsecurity=False).digest()
    return hashlib.sha256(framed).digest()


def framed_key(version: int, body: bytes) -> bytes:
    """Return a public key packet's body as signatures and fingerprints hash it (RFC 9580 section 5.2.4)."""
    if version == 4:  # noqa: PLR2004 (the format's version)
        return b"\x99" + len(body).to_bytes(2, "big") + body
    return b"\x9b" + len(body).to_bytes(4, "big") + body
