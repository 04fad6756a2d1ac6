"""Phones to whose keys we encrypt ourselves, and in which of the two containers that we write.

That is nearly every phone: one live encryption subkey on Curve25519 in its older form, and a key that reads AES-256 in
the container of version 1 or 2. For all others the engine encrypts; a key that says two things at once is one of them.
Source: RFC 9580 sections 5.2.3.14 (preferred ciphers), 5.2.3.32 (features), 5.5.5.6 (ECDH keys).
"""

from __future__ import annotations

from typing import NamedTuple

from token_server.crypto.openpgp.algorithms import AES_256, CURVE25519_LEGACY, POINT_PREFIX, KeyAlgorithm
from token_server.crypto.openpgp.curve25519 import KEY_OCTETS
from token_server.crypto.openpgp.key_agreement import KeyDerivation, key_derivation
from token_server.crypto.openpgp.packets import NotPackets, take, take_mpi, take_number
from token_server.crypto.openpgp.public_keys import PublicKey
from token_server.crypto.openpgp.signatures import Signature, Subpacket

V3 = 3
V4 = 4
V6 = 6
READS_VERSION_1 = 0x01
READS_VERSION_2 = 0x08


class Recipient(NamedTuple):
    """A phone's X25519 key, and the newest container that it reads.

    Shapes: `named_in_v3` and `named_in_v6` are the octets with which its session key packets begin.
    """

    public: bytes
    named_in_v3: bytes
    named_in_v6: bytes
    derivation: KeyDerivation
    container_version: int


def read_recipient(key: PublicKey, about_key: list[Signature]) -> Recipient | None:
    """Return the recipient behind an encryption key, whose owner says such things about it; None: ask the engine."""
    if key.version != V4 or key.algorithm != KeyAlgorithm.ECDH or key.curve != CURVE25519_LEGACY:
        return None
    try:
        public, derivation = _read_material(key)
        version = _container_version(about_key)
    except NotPackets:
        return None
    if derivation is None or version is None:
        return None
    ecdh, name = bytes((KeyAlgorithm.ECDH,)), bytes((V4,)) + key.fingerprint
    named_in_v3 = bytes((V3,)) + key.fingerprint[-8:] + ecdh
    return Recipient(public, named_in_v3, bytes((V6, len(name))) + name + ecdh, derivation, version)


def _read_material(key: PublicKey) -> tuple[bytes, KeyDerivation | None]:
    point, position = take_mpi(key.material, 1 + len(key.curve))
    length, position = take_number(key.material, position, 1)
    kdf, position = take(key.material, position, length)
    if position != len(key.material) or point[:1] != POINT_PREFIX or len(point) != 1 + KEY_OCTETS:
        raise NotPackets("an unusual point")
    return point[1:], key_derivation(kdf, key.fingerprint)


def _container_version(signatures: list[Signature]) -> int | None:
    said = [pair for signature in signatures for pair in signature.hashed]
    features = {body[:1] for kind, body in said if kind == Subpacket.FEATURES}
    ciphers = [body for kind, body in said if kind == Subpacket.PREFERRED_CIPHERS]
    if len(features) != 1 or not ciphers or any(AES_256 not in body for body in ciphers):
        return None
    (octet,) = features
    bits = int.from_bytes(octet, "big")
    if bits & READS_VERSION_2:
        return 2
    return 1 if bits & READS_VERSION_1 else None
