"""Encrypted data of version 2: AES in OCB or GCM mode, in chunks that are each authenticated.

Source: RFC 9580 section 5.13.2.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESOCB3
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from token_server.crypto.openpgp.ciphertexts import Unreadable, check_key
from token_server.crypto.openpgp.packets import Tag, take

SALT_OCTETS = 32
TAG_OCTETS = 16
LARGEST_CHUNK = 16
COUNTER_OCTETS = 8
OCB = 2
AEADS: dict[int, tuple[int, Callable[[bytes], AESOCB3 | AESGCM]]] = {OCB: (15, AESOCB3), 3: (12, AESGCM)}
SHA_256 = SHA256()
OUR_CHUNK = 12  # 256 KiB, more than any message of ours


class _Chunks(NamedTuple):
    """What encrypts each chunk of one container."""

    size: int
    cipher: AESOCB3 | AESGCM
    prefix: bytes
    associated: bytes

    def nonce(self, index: int) -> bytes:
        return self.prefix + index.to_bytes(COUNTER_OCTETS, "big")

    def last_words(self, octets: int) -> bytes:
        return self.associated + octets.to_bytes(8, "big")


def open_version_2(container: bytes, key: bytes) -> bytes:
    """Return the packets in a container; its first octet is the version.

    Errors: Unreadable; NotPackets when it is cut short.
    """
    header, position = take(container, 0, 4)
    salt, position = take(container, position, SALT_OCTETS)
    _, algorithm, aead, chunk_octet = header
    check_key(key, algorithm)
    if aead not in AEADS or chunk_octet > LARGEST_CHUNK:
        raise Unreadable
    try:
        return _open_chunks(container[position:], _chunks(header, salt, key))
    except InvalidTag:
        raise Unreadable from None


def close_version_2(packets: bytes, key: bytes, algorithm: int) -> bytes:
    """Return a container with these packets, its version octet first."""
    header, salt = bytes((2, algorithm, OCB, OUR_CHUNK)), secrets.token_bytes(SALT_OCTETS)
    chunks = _chunks(header, salt, key)
    plain = [packets[start : start + chunks.size] for start in range(0, len(packets), chunks.size)]
    sealed = [chunks.cipher.encrypt(chunks.nonce(index), one, chunks.associated) for index, one in enumerate(plain)]
    final = chunks.cipher.encrypt(chunks.nonce(len(plain)), b"", chunks.last_words(len(packets)))
    return b"".join((header, salt, *sealed, final))


def _chunks(header: bytes, salt: bytes, key: bytes) -> _Chunks:
    nonce_octets, make_cipher = AEADS[header[2]]
    associated = bytes((0xC0 | Tag.ENCRYPTED_AND_PROTECTED,)) + header
    prefix_octets = nonce_octets - COUNTER_OCTETS
    derived = HKDF(SHA_256, len(key) + prefix_octets, salt, associated).derive(key)
    return _Chunks(1 << (header[3] + 6), make_cipher(derived[: len(key)]), derived[len(key) :], associated)


def _open_chunks(sealed: bytes, chunks: _Chunks) -> bytes:
    if len(sealed) < TAG_OCTETS:
        raise Unreadable
    body, final = sealed[:-TAG_OCTETS], sealed[-TAG_OCTETS:]
    step = chunks.size + TAG_OCTETS
    opened = [
        chunks.cipher.decrypt(chunks.nonce(index), body[start : start + step], chunks.associated)
        for index, start in enumerate(range(0, len(body), step))
    ]
    plaintext = b"".join(opened)
    chunks.cipher.decrypt(chunks.nonce(len(opened)), final, chunks.last_words(len(plaintext)))
    return plaintext
