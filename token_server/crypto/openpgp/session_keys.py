"""Session keys, encrypted to one key by ECDH on Curve25519, in packets of versions 3 and 6: read and written.

Read are those that phones encrypted to one of our keys, and our keys are always made by `ServerKey.generate`, so no
other algorithm can be addressed to us. Written are those for phones with a key of the same kind.
Source: RFC 9580 sections 5.1 (packets), 11.5 (ECDH); RFC 3394 (key wrap).
"""

from __future__ import annotations

from typing import NamedTuple

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from token_server.crypto.openpgp.algorithms import POINT_PREFIX, KeyAlgorithm
from token_server.crypto.openpgp.curve25519 import KEY_OCTETS, agree, new_ephemeral
from token_server.crypto.openpgp.packets import take, take_mpi, take_number
from token_server.crypto.openpgp.recipients import Recipient
from token_server.crypto.openpgp.secret_keys import ReceiverKey

V3 = 3
V4 = 4
V6 = 6
ANYBODY = bytes(8)
WRAPPED_BLOCK = 8
ECDH = bytes((KeyAlgorithm.ECDH,))
POINT_HEADER = (8 * KEY_OCTETS + 7).to_bytes(2, "big") + POINT_PREFIX  # a multiprecision integer of 263 bits


class NotForUs(ValueError):
    """This packet holds no session key for this key, as far as it can tell."""


class SessionKey(NamedTuple):
    """A symmetric key; `algorithm` is null where the encrypted data names it, which is in version 6."""

    key: bytes
    algorithm: int | None


def open_session_key(body: bytes, receiver: ReceiverKey) -> SessionKey:
    """Return the session key in a packet that is addressed to the receiver, or to nobody by name.

    Errors: NotForUs, also for everything that is broken; NotPackets when it is cut short.
    """
    position = _after_name(body, receiver)
    if body[position : position + 1] != ECDH:
        raise NotForUs
    padded = _unwrap(body, position + 1, receiver)
    octets = padded[: -padded[-1]]
    if padded != octets + padded[-1:] * padded[-1] or len(octets) < 3:  # noqa: PLR2004 (algorithm and checksum)
        raise NotForUs
    key = octets[1:-2] if body[0] == V3 else octets[:-2]
    if sum(key) & 0xFFFF != int.from_bytes(octets[-2:], "big"):
        raise NotForUs
    return SessionKey(key, octets[0] if body[0] == V3 else None)


def seal_session_key(session_key: SessionKey, recipient: Recipient) -> bytes:
    """Return the body of a packet with a session key for the recipient alone, named in it."""
    key, algorithm = session_key
    octets = key + (sum(key) & 0xFFFF).to_bytes(2, "big")
    named = recipient.named_in_v6
    if algorithm is not None:
        octets, named = bytes((algorithm,)) + octets, recipient.named_in_v3
    padding = WRAPPED_BLOCK - len(octets) % WRAPPED_BLOCK
    ephemeral = new_ephemeral()
    shared = agree(ephemeral.private, recipient.public)
    wrapped = aes_key_wrap(recipient.derivation.wrapping_key(shared), octets + bytes((padding,)) * padding)
    return b"".join((named, POINT_HEADER, ephemeral.public, bytes((len(wrapped),)), wrapped))


def _after_name(body: bytes, receiver: ReceiverKey) -> int:
    version = body[0] if body else 0
    if version == V3:
        key_id, position = take(body, 1, 8)
        if key_id in (receiver.fingerprint[-8:], ANYBODY):
            return position
    elif version == V6:
        length, position = take_number(body, 1, 1)
        named, position = take(body, position, length)
        if named in (b"", bytes((V4,)) + receiver.fingerprint):
            return position
    raise NotForUs


def _unwrap(body: bytes, position: int, receiver: ReceiverKey) -> bytes:
    point, position = take_mpi(body, position)
    wrapped = body[position + 1 :]
    if body[position : position + 1] != bytes((len(wrapped),)):
        raise NotForUs
    if len(point) != 1 + KEY_OCTETS or point[:1] != POINT_PREFIX:
        raise NotForUs
    try:
        return aes_key_unwrap(receiver.derivation.wrapping_key(agree(receiver.private, point[1:])), wrapped)
    except (ValueError, InvalidUnwrap) as error:  # a point of small order is a ValueError
        raise NotForUs from error
