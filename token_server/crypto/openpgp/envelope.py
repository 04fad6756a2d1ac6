"""The outer encryption of a phone's message, opened here and not by the engine: docs/decisions/0002.

Two containers are read, those that our keys advertise: version 1 (AES in CFB mode with a SHA-1 modification detection
code) and version 2 (AES in OCB or GCM mode). Whatever is wrong, the answer is the same refusal, so nobody learns from
it how far a forged message came. Nothing is decompressed.

Source: RFC 9580 sections 5.13 (containers), 5.1 (session keys), 10.3 (grammar).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESOCB3
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from token_server.crypto.openpgp.algorithms import AES_KEY_OCTETS
from token_server.crypto.openpgp.packets import NotPackets, Packet, Tag, read_packets, take, take_number
from token_server.crypto.openpgp.session_keys import NotForUs, ReceiverKey, SessionKey, open_session_key
from token_server.domain.errors import MessageRefused

MOST_PACKETS = 8
BLOCK = 16
MDC_HEADER = b"\xd3\x14"
MDC_OCTETS = 20
SALT_OCTETS = 32
TAG_OCTETS = 16
LARGEST_CHUNK = 16
COUNTER_OCTETS = 8
AEADS: dict[int, tuple[int, Callable[[bytes], AESOCB3 | AESGCM]]] = {2: (15, AESOCB3), 3: (12, AESGCM)}


class Unreadable(ValueError):
    """The container does not open with this key."""


def open_envelope(body: bytes, receiver: ReceiverKey) -> bytes:
    """Return the packets that a message to this receiver protects.

    Errors: MessageRefused with the rule `undecryptable`.
    """
    try:
        return _open_with_any(*_headers_and_container(body), receiver)
    except (NotPackets, Unreadable):
        raise MessageRefused("undecryptable", "the message cannot be decrypted with this server key") from None


def _headers_and_container(body: bytes) -> tuple[list[Packet], bytes]:
    *headers, container = read_packets(body, most=MOST_PACKETS)
    if container.tag != Tag.ENCRYPTED_AND_PROTECTED or any(one.tag != Tag.SESSION_KEY for one in headers):
        raise Unreadable
    return headers, container.body


def _open_with_any(headers: list[Packet], container: bytes, receiver: ReceiverKey) -> bytes:
    for header in headers:
        try:
            return _open_container(container, open_session_key(header.body, receiver))
        except (NotForUs, Unreadable):
            continue
    raise Unreadable


def _open_container(container: bytes, session_key: SessionKey) -> bytes:
    version, position = take_number(container, 0, 1)
    if version == 1 and session_key.algorithm is not None:  # a version 3 session key, and those go together
        return _open_version_1(container[position:], session_key.key, session_key.algorithm)
    if version == 2 and session_key.algorithm is None:  # noqa: PLR2004 (the container's version)
        return _open_version_2(container, session_key.key)
    raise Unreadable


def _check_key(key: bytes, algorithm: int) -> None:
    if len(key) != AES_KEY_OCTETS.get(algorithm):
        raise Unreadable


def _open_version_1(ciphertext: bytes, key: bytes, algorithm: int) -> bytes:
    _check_key(key, algorithm)
    decryptor = Cipher(AES(key), CFB(bytes(BLOCK))).decryptor()
    plaintext = decryptor.update(ciphertext) + decryptor.finalize()
    protected, code = plaintext[:-MDC_OCTETS], plaintext[-MDC_OCTETS:]
    digest = hashlib.sha1(protected, usedforsecurity=False).digest()  # the format's choice, inside the encryption
    if not hmac.compare_digest(digest, code) or protected[-2:] != MDC_HEADER:
        raise Unreadable
    if len(protected) < BLOCK + 4 or protected[BLOCK - 2 : BLOCK] != protected[BLOCK : BLOCK + 2]:
        raise Unreadable
    return protected[BLOCK + 2 : -2]


def _open_version_2(container: bytes, key: bytes) -> bytes:
    (_, algorithm, aead, chunk_octet), position = take(container, 0, 4)
    salt, position = take(container, position, SALT_OCTETS)
    _check_key(key, algorithm)
    if aead not in AEADS or chunk_octet > LARGEST_CHUNK:
        raise Unreadable
    nonce_octets, make_cipher = AEADS[aead]
    associated = bytes((0xC0 | Tag.ENCRYPTED_AND_PROTECTED, 2, algorithm, aead, chunk_octet))
    prefix_octets = nonce_octets - COUNTER_OCTETS
    derived = HKDF(SHA256(), len(key) + prefix_octets, salt, associated).derive(key)
    cipher, prefix = make_cipher(derived[: len(key)]), derived[len(key) :]
    try:
        return _open_chunks(container[position:], 1 << (chunk_octet + 6), cipher, prefix, associated)
    except InvalidTag:
        raise Unreadable from None


def _open_chunks(sealed: bytes, size: int, cipher: AESOCB3 | AESGCM, prefix: bytes, associated: bytes) -> bytes:
    if len(sealed) < TAG_OCTETS:
        raise Unreadable
    chunks, final = sealed[:-TAG_OCTETS], sealed[-TAG_OCTETS:]
    step = size + TAG_OCTETS
    opened = [
        cipher.decrypt(prefix + index.to_bytes(COUNTER_OCTETS, "big"), chunks[start : start + step], associated)
        for index, start in enumerate(range(0, len(chunks), step))
    ]
    plaintext = b"".join(opened)
    total = len(plaintext).to_bytes(8, "big")
    cipher.decrypt(prefix + len(opened).to_bytes(COUNTER_OCTETS, "big"), final, associated + total)
    return plaintext
