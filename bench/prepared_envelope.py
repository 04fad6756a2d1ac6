"""The outer encryption of a phone's messages with the dear part done beforehand.

A phone makes a session key for each message and encrypts it to the server's key, which costs more than all else it
does. The driver's phones make one each and use it for every message; the server cannot tell and has the same work.
A shortcut for a load driver only.

Source: RFC 9580 sections 5.1.3 (session key packets, version 3), 5.13.1 (container, version 1), 11.5 (ECDH), 5.5.2
(version 4 keys); RFC 3394 (key wrap).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

SESSION_KEY, CONTAINER, LITERAL, PUBLIC_SUBKEY = 1, 18, 11, 14
ECDH = 18
CURVE25519 = bytes.fromhex("2b060104019755010501")
HASHES = {8: "sha256", 9: "sha384", 10: "sha512"}
KEY_OCTETS = {7: 16, 8: 24, 9: 32}
AES_256 = 9
BLOCK = 16


class NoSuchKey(Exception):
    """The certificate has no Curve25519 encryption subkey of version 4."""


def _length(size: int) -> bytes:
    if size < 192:  # noqa: PLR2004 - RFC 9580 section 4.2.1
        return bytes((size,))
    return b"\xff" + size.to_bytes(4, "big")


def packet(tag: int, body: bytes) -> bytes:
    """Return a packet with a header in the current format."""
    return bytes((0xC0 | tag,)) + _length(len(body)) + body


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and body of packets with current headers and lengths of one, two or five octets."""
    at = 0
    while at < len(data):
        tag, first = data[at] & 0x3F, data[at + 1]
        if first < 192:  # noqa: PLR2004 - RFC 9580 section 4.2.1
            size, start = first, at + 2
        elif first < 224:  # noqa: PLR2004 - the same
            size, start = ((first - 192) << 8) + data[at + 2] + 192, at + 3
        else:
            size, start = int.from_bytes(data[at + 2 : at + 6], "big"), at + 6
        yield tag, data[start : start + size]
        at = start + size


def _mpi(value: bytes) -> bytes:
    return int.from_bytes(value, "big").bit_length().to_bytes(2, "big") + value


@dataclass(frozen=True)
class PreparedEnvelope:
    """A session key, and the packet that tells it to one server key."""

    session_key: bytes
    told: bytes

    def seal(self, signed: bytes) -> bytes:
        """Return the signed message, encrypted; binary."""
        start = os.urandom(BLOCK)
        literal = packet(LITERAL, b"b\0\0\0\0\0" + signed)
        plain = start + start[-2:] + literal + b"\xd3\x14"
        plain += hashlib.sha1(plain, usedforsecurity=False).digest()
        encryptor = Cipher(AES(self.session_key), CFB(bytes(BLOCK))).encryptor()
        return self.told + packet(CONTAINER, b"\1" + encryptor.update(plain) + encryptor.finalize())


def prepare(certificate: bytes) -> PreparedEnvelope:
    """Return an envelope to a server key. Errors: NoSuchKey when it is of a form that is not known here."""
    for tag, body in _packets(certificate):
        if tag == PUBLIC_SUBKEY and body[0] == 4 and body[5] == ECDH and body[7:17] == CURVE25519:  # noqa: PLR2004
            return _prepare(body)
    raise NoSuchKey


def _prepare(subkey: bytes) -> PreparedEnvelope:
    point, kdf = subkey[19 : 19 + 33], subkey[52:56]  # after the curve: a bit count, the point; then three octets
    fingerprint = hashlib.sha1(b"\x99" + len(subkey).to_bytes(2, "big") + subkey, usedforsecurity=False).digest()
    ephemeral, key = X25519PrivateKey.generate(), os.urandom(KEY_OCTETS[AES_256])
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(point[1:]))
    parameters = bytes((len(CURVE25519),)) + CURVE25519 + bytes((ECDH,)) + kdf + b"Anonymous Sender    " + fingerprint
    derived = hashlib.new(HASHES[kdf[2]], b"\0\0\0\1" + shared + parameters).digest()
    octets = bytes((AES_256,)) + key + (sum(key) & 0xFFFF).to_bytes(2, "big")
    padding = 8 - len(octets) % 8
    wrapped = aes_key_wrap(derived[: KEY_OCTETS[kdf[3]]], octets + bytes((padding,)) * padding)
    mine = _mpi(b"\x40" + ephemeral.public_key().public_bytes_raw())
    body = b"\3" + fingerprint[-8:] + bytes((ECDH,)) + mine + bytes((len(wrapped),)) + wrapped
    return PreparedEnvelope(key, packet(SESSION_KEY, body))
