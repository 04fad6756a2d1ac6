"""Session keys that phones encrypted to one of our keys: ECDH on Curve25519, versions 3 and 6.

Our keys are always made by `ServerKey.generate`, so this is the only algorithm that can be addressed to us.
Source: RFC 9580 sections 5.1 (packets), 11.5 (ECDH), 5.5.3 (secret key packets); RFC 3394 (key wrap).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from token_server.crypto.openpgp.algorithms import (
    AES_KEY_OCTETS,
    CURVE25519_LEGACY,
    HASHES,
    KeyAlgorithm,
    key_fingerprint,
)
from token_server.crypto.openpgp.packets import NotPackets, Tag, read_packets, take, take_mpi, take_number

V3 = 3
V4 = 4
V6 = 6
MOST_PACKETS = 32
POINT_PREFIX = b"\x40"
KEY_OCTETS = 32
ANYBODY = bytes(8)
SENDER = b"Anonymous Sender    "


class NotForUs(ValueError):
    """This packet holds no session key for this key, as far as it can tell."""


class SessionKey(NamedTuple):
    """A symmetric key; `algorithm` is null where the encrypted data names it."""

    key: bytes
    algorithm: int | None


@dataclass(frozen=True)
class ReceiverKey:
    """The secret half of one Curve25519 encryption subkey, and what its key derivation mixes in."""

    private: X25519PrivateKey
    fingerprint: bytes
    kdf_hash: str
    kdf_key_octets: int
    kdf_parameters: bytes


def read_receiver_key(secret: bytes) -> ReceiverKey:
    """Return the encryption subkey of one of our own transferable secret keys.

    Errors: NotPackets when there is none, or its halves do not belong together.
    """
    for packet in read_packets(secret, most=MOST_PACKETS):
        if packet.tag == Tag.SECRET_SUBKEY and packet.body[:1] == bytes((V4,)) and packet.body[5] == KeyAlgorithm.ECDH:
            return _read_subkey(packet.body)
    raise NotPackets("no encryption subkey")


def open_session_key(body: bytes, receiver: ReceiverKey) -> SessionKey:
    """Return the session key in a packet that is addressed to the receiver, or to nobody by name.

    Errors: NotForUs, also for everything that is broken; NotPackets when it is cut short.
    """
    version, position = take_number(body, 0, 1)
    if version == V3:
        position = _skip_key_id(body, position, receiver)
    elif version == V6:
        position = _skip_fingerprint(body, position, receiver)
    else:
        raise NotForUs
    algorithm, position = take_number(body, position, 1)
    if algorithm != KeyAlgorithm.ECDH:
        raise NotForUs
    padded = _unwrap(body, position, receiver)
    octets = padded[: -padded[-1]]
    if padded != octets + padded[-1:] * padded[-1] or len(octets) < 3:  # noqa: PLR2004 (algorithm and checksum)
        raise NotForUs
    key = octets[1:-2] if version == V3 else octets[:-2]
    if sum(key) & 0xFFFF != int.from_bytes(octets[-2:], "big"):
        raise NotForUs
    return SessionKey(key, octets[0] if version == V3 else None)


def _skip_key_id(body: bytes, position: int, receiver: ReceiverKey) -> int:
    key_id, position = take(body, position, 8)
    if key_id not in (receiver.fingerprint[-8:], ANYBODY):
        raise NotForUs
    return position


def _skip_fingerprint(body: bytes, position: int, receiver: ReceiverKey) -> int:
    length, position = take_number(body, position, 1)
    named, position = take(body, position, length)
    if named not in (b"", bytes((V4,)) + receiver.fingerprint):
        raise NotForUs
    return position


def _unwrap(body: bytes, position: int, receiver: ReceiverKey) -> bytes:
    point, position = take_mpi(body, position)
    length, position = take_number(body, position, 1)
    wrapped, position = take(body, position, length)
    if position != len(body) or len(point) != 1 + KEY_OCTETS or point[:1] != POINT_PREFIX:
        raise NotForUs
    try:
        shared = receiver.private.exchange(X25519PublicKey.from_public_bytes(point[1:]))
        return aes_key_unwrap(_wrapping_key(shared, receiver), wrapped)
    except (ValueError, InvalidUnwrap) as error:  # a point of small order is a ValueError
        raise NotForUs from error


def _wrapping_key(shared: bytes, receiver: ReceiverKey) -> bytes:
    derived = hashlib.new(receiver.kdf_hash, b"\0\0\0\1" + shared + receiver.kdf_parameters).digest()
    return derived[: receiver.kdf_key_octets]


def _read_subkey(body: bytes) -> ReceiverKey:
    length, position = take_number(body, 6, 1)
    curve, position = take(body, position, length)
    point, position = take_mpi(body, position)
    length, position = take_number(body, position, 1)
    kdf, position = take(body, position, length)
    public = body[:position]
    unprotected, position = take_number(body, position, 1)
    scalar, position = take_mpi(body, position)
    if curve != CURVE25519_LEGACY or unprotected or kdf[:1] != b"\1":
        raise NotPackets("not one of our encryption subkeys")
    # A big-endian integer without leading zeros; Curve25519 counts from the other end (RFC 9580 section 5.5.5.6.1.1).
    private = X25519PrivateKey.from_private_bytes(scalar.rjust(KEY_OCTETS, b"\0")[::-1])
    if POINT_PREFIX + private.public_key().public_bytes_raw() != point:
        raise NotPackets("the halves of an encryption subkey do not belong together")
    fingerprint = key_fingerprint(V4, public)
    identifier = bytes((len(curve),)) + curve + bytes((KeyAlgorithm.ECDH, len(kdf))) + kdf
    return ReceiverKey(private, fingerprint, HASHES[kdf[1]], AES_KEY_OCTETS[kdf[2]], identifier + SENDER + fingerprint)
