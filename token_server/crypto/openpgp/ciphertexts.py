"""What is common to both kinds of encrypted data: how long a key has to be, and that something does not open.

Source: RFC 9580 section 9.3 (ciphers).
"""

from __future__ import annotations

from token_server.crypto.openpgp.algorithms import AES_KEY_OCTETS


class Unreadable(ValueError):
    """The container does not open with this key."""


def check_key(key: bytes, algorithm: int) -> None:
    """Return if the key is as long as this cipher wants it.

    Errors: Unreadable.
    """
    if len(key) != AES_KEY_OCTETS.get(algorithm):
        raise Unreadable
