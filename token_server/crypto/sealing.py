"""Sealing at rest: what the database holds is useless without the key file, and useless in any other row.

A sealed value is `1 (one octet) | key id (8) | nonce (12) | AES-256-GCM ciphertext and tag`. The identity of the row
is associated data, so a value moved to another row does not open. Random nonces allow 2**32 seals under one key (NIST
SP 800-38D section 8.3); rotate before that.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from token_server.crypto.key_file import KEY_ID_OCTETS, KeyFile

FORMAT = b"\x01"
NONCE_OCTETS = 12
HEADER_OCTETS = len(FORMAT) + KEY_ID_OCTETS
TAG_OCTETS = 16


class SealBroken(Exception):
    """A sealed value does not open: tampered with, moved to another row, or its key was forgotten."""


class Sealer:
    """Seals and opens values with the keys of one key file."""

    def __init__(self, key_file: KeyFile) -> None:
        self._key_file = key_file

    def seal(self, plaintext: bytes, identity: str) -> bytes:
        """Return the plaintext sealed under the active key for the row with this identity."""
        key_id = self._key_file.active_id
        header = FORMAT + bytes.fromhex(key_id)
        nonce = secrets.token_bytes(NONCE_OCTETS)
        return header + nonce + AESGCM(self._key(key_id)).encrypt(nonce, plaintext, _associated(header, identity))

    def open(self, sealed: bytes, identity: str) -> bytes:
        """Return what was sealed for the row with this identity.

        Errors: SealBroken.
        """
        if len(sealed) < HEADER_OCTETS + NONCE_OCTETS + TAG_OCTETS or sealed[:1] != FORMAT:
            raise SealBroken(f"{identity}: this is no sealed value")
        header, nonce = sealed[:HEADER_OCTETS], sealed[HEADER_OCTETS : HEADER_OCTETS + NONCE_OCTETS]
        cipher = AESGCM(self._key(header[1:].hex()))
        try:
            return cipher.decrypt(nonce, sealed[HEADER_OCTETS + NONCE_OCTETS :], _associated(header, identity))
        except InvalidTag:
            raise SealBroken(f"{identity}: the sealed value was changed, or belongs to another row") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the active key sealed this, so it needs no sealing anew."""
        return sealed[:HEADER_OCTETS] == FORMAT + bytes.fromhex(self._key_file.active_id)

    def _key(self, key_id: str) -> bytes:
        key = self._key_file.key(key_id)
        if key is None:
            raise SealBroken(f"the key file has no key {key_id}; restore the key file that belongs to this database")
        return key


def _associated(header: bytes, identity: str) -> bytes:
    return header + identity.encode()
