"""Encrypted data of version 1: AES in CFB mode with a SHA-1 modification detection code.

Source: RFC 9580 section 5.13.1. The code is compared before anything else is looked at.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from token_server.crypto.openpgp.ciphertexts import Unreadable, check_key

BLOCK = 16
CODE_HEADER = b"\xd3\x14"
CODE_OCTETS = 20
MODE = CFB(bytes(BLOCK))


def open_version_1(ciphertext: bytes, key: bytes, algorithm: int) -> bytes:
    """Return the packets in a container without its version octet.

    Errors: Unreadable.
    """
    check_key(key, algorithm)
    decryptor = Cipher(AES(key), MODE).decryptor()
    plaintext = decryptor.update(ciphertext) + decryptor.finalize()
    protected, code = plaintext[:-CODE_OCTETS], plaintext[-CODE_OCTETS:]
    if not hmac.compare_digest(_code(protected), code) or protected[-2:] != CODE_HEADER:
        raise Unreadable
    if len(protected) < BLOCK + 4 or protected[BLOCK - 2 : BLOCK] != protected[BLOCK : BLOCK + 2]:
        raise Unreadable
    return protected[BLOCK + 2 : -2]


def close_version_1(packets: bytes, key: bytes) -> bytes:
    """Return a container with these packets, its version octet first."""
    prefix = secrets.token_bytes(BLOCK)
    protected = prefix + prefix[-2:] + packets + CODE_HEADER
    encryptor = Cipher(AES(key), MODE).encryptor()
    return b"\1" + encryptor.update(protected + _code(protected)) + encryptor.finalize()


def _code(protected: bytes) -> bytes:
    return hashlib.sha1(protected, usedforsecurity=False).digest()  # the format's choice, inside the encryption
