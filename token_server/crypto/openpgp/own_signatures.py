"""Messages that we sign ourselves, with the signing subkey of one of our own keys.

Source: RFC 9580 sections 5.2.3 (signature), 5.2.4 (what is hashed), 5.4 (one-pass signature), 5.9 (literal data).
"""

from __future__ import annotations

import hashlib

from token_server.crypto.openpgp.algorithms import SHA_512, KeyAlgorithm
from token_server.crypto.openpgp.curve25519 import KEY_OCTETS, sign
from token_server.crypto.openpgp.packets import Tag, write_mpi, write_packet
from token_server.crypto.openpgp.secret_keys import SigningKey
from token_server.crypto.openpgp.signatures import CRITICAL, V4, SignatureType, Subpacket

ONE_PASS_VERSION = 3
BINARY_WITHOUT_NAME = b"b" + bytes(5)


class MessageSigner:
    """Signs messages with one of our keys; what is the same in all of them is written once."""

    __slots__ = ("_after_time", "_before_time", "_key", "_one_pass", "_trailer", "_unhashed")

    def __init__(self, key: SigningKey) -> None:
        """Sign with `key`."""
        key_id = key.fingerprint[-8:]
        created = _subpacket(Subpacket.CREATED | CRITICAL, bytes(4))
        issuer = _subpacket(Subpacket.ISSUER_FINGERPRINT, bytes((V4,)) + key.fingerprint)
        hashed = bytes((V4, SignatureType.BINARY, KeyAlgorithm.EDDSA_LEGACY, SHA_512)) + _area(created + issuer)
        self._key = key
        one_pass = announcement(KeyAlgorithm.EDDSA_LEGACY, SHA_512, key_id) + b"\1"
        self._one_pass = write_packet(Tag.ONE_PASS_SIGNATURE, one_pass)
        self._before_time, self._after_time = hashed[: -len(issuer) - 4], issuer
        self._trailer = bytes((V4, 0xFF)) + len(hashed).to_bytes(4, "big")
        self._unhashed = _area(_subpacket(Subpacket.ISSUER_KEY_ID, key_id))  # for software that knows no fingerprints

    def sign(self, content: bytes, now_s: int) -> bytes:
        """Return a signed message: one-pass signature, literal data, signature; never compressed.

        Units: `now_s`, seconds since 1970, is when it says it was made.
        """
        hashed = self._before_time + now_s.to_bytes(4, "big") + self._after_time
        digest = hashlib.sha512(content + hashed + self._trailer).digest()
        made = sign(self._key.seed, self._key.public, digest)
        material = write_mpi(made[:KEY_OCTETS]) + write_mpi(made[KEY_OCTETS:])
        signature = hashed + self._unhashed + digest[:2] + material
        return self._one_pass + write_literal(content) + write_packet(Tag.SIGNATURE, signature)


def write_literal(content: bytes) -> bytes:
    """Return a packet of binary literal data without a file name or date."""
    return write_packet(Tag.LITERAL, BINARY_WITHOUT_NAME + content)


def announcement(algorithm: int, hash_algorithm: int, key_id: bytes) -> bytes:
    """Return the body of a one-pass signature packet of version 3 over a binary document, without its last octet.

    That octet says whether it is the last one, and not all software gets it right.
    """
    kinds = bytes((ONE_PASS_VERSION, SignatureType.BINARY, hash_algorithm, algorithm))
    return kinds + key_id


def _area(subpackets: bytes) -> bytes:
    return len(subpackets).to_bytes(2, "big") + subpackets


def _subpacket(kind: int, body: bytes) -> bytes:
    return bytes((len(body) + 1, kind)) + body
