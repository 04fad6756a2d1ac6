"""The secret halves of our own keys: the subkey that signs and the subkey that phones encrypt to.

Our keys are always made by `ServerKey.generate`, so there is one kind of each: Ed25519 and Curve25519, version 4,
unprotected. Whatever else a key says is for phones.
Source: RFC 9580 sections 5.5.3 (secret key packets), 5.5.5 (material).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from token_server.crypto.openpgp.algorithms import (
    CURVE25519_LEGACY,
    ED25519_LEGACY,
    POINT_PREFIX,
    KeyAlgorithm,
    key_fingerprint,
)
from token_server.crypto.openpgp.curve25519 import KEY_OCTETS, agreement_public, signing_public
from token_server.crypto.openpgp.key_agreement import KeyDerivation, key_derivation
from token_server.crypto.openpgp.packets import NotPackets, Tag, read_packets, take, take_mpi, take_number

V4 = 4
ALGORITHM_AT = 5
MOST_PACKETS = 32
CURVES = {KeyAlgorithm.ECDH: CURVE25519_LEGACY, KeyAlgorithm.EDDSA_LEGACY: ED25519_LEGACY}


@dataclass(frozen=True)
class SigningKey:
    """The key pair of one Ed25519 signing subkey."""

    seed: bytes = field(repr=False)
    public: bytes
    fingerprint: bytes


@dataclass(frozen=True)
class ReceiverKey:
    """The secret half of one Curve25519 encryption subkey, and how it derives wrapping keys."""

    private: bytes = field(repr=False)
    fingerprint: bytes
    derivation: KeyDerivation


class _Subkey(NamedTuple):
    point: bytes
    kdf: bytes
    secret: bytes
    fingerprint: bytes


def read_signing_key(secret: bytes) -> SigningKey:
    """Return the signing subkey of one of our own transferable secret keys.

    Errors: NotPackets when there is none, or its halves do not belong together.
    """
    subkey = _find(secret, KeyAlgorithm.EDDSA_LEGACY)
    return SigningKey(subkey.secret, _same(signing_public(subkey.secret), subkey), subkey.fingerprint)


def read_receiver_key(secret: bytes) -> ReceiverKey:
    """Return the encryption subkey of one of our own transferable secret keys.

    Errors: NotPackets when there is none, or its halves do not belong together.
    """
    subkey = _find(secret, KeyAlgorithm.ECDH)
    derivation = key_derivation(subkey.kdf, subkey.fingerprint)
    if derivation is None:
        raise NotPackets("not one of our encryption subkeys")
    # A big-endian integer; Curve25519 counts from the other end (RFC 9580 section 5.5.5.6.1.1).
    private = subkey.secret[::-1]
    _same(agreement_public(private), subkey)
    return ReceiverKey(private, subkey.fingerprint, derivation)


def _same(public: bytes, subkey: _Subkey) -> bytes:
    if POINT_PREFIX + public != subkey.point:
        raise NotPackets("the halves of a subkey do not belong together")
    return public


def _find(secret: bytes, algorithm: KeyAlgorithm) -> _Subkey:
    for packet in read_packets(secret, most=MOST_PACKETS):
        body = packet.body
        if packet.tag == Tag.SECRET_SUBKEY and body[:1] == bytes((V4,)) and body[ALGORITHM_AT] == algorithm:
            return _read(body, algorithm)
    raise NotPackets("no such subkey")


def _read(body: bytes, algorithm: KeyAlgorithm) -> _Subkey:
    length, position = take_number(body, ALGORITHM_AT + 1, 1)
    curve, position = take(body, position, length)
    point, position = take_mpi(body, position)
    kdf = b""
    if algorithm == KeyAlgorithm.ECDH:
        length, position = take_number(body, position, 1)
        kdf, position = take(body, position, length)
    fingerprint = key_fingerprint(V4, body[:position])
    unprotected, position = take_number(body, position, 1)
    number, position = take_mpi(body, position)
    if curve != CURVES[algorithm] or unprotected:
        raise NotPackets("not one of our subkeys")
    return _Subkey(point, kdf, number.rjust(KEY_OCTETS, b"\0"), fingerprint)
