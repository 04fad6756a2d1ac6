"""The key that signs how far the audit trail goes (Ed25519, RFC 8032)."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class CheckpointKey:
    """An Ed25519 key pair; `public` is its public half in base64url, as it stands in exported checkpoints."""

    __slots__ = ("_private", "public")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public: str = _encoded(private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> CheckpointKey:
        """Return a new key pair."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_secret(cls, secret: bytes) -> CheckpointKey:
        """Return the key pair that `secret` wrote."""
        return cls(Ed25519PrivateKey.from_private_bytes(secret))

    def secret(self) -> bytes:
        """The 32 secret octets, to be sealed before they are stored."""
        return self._private.private_bytes_raw()

    def sign(self, text: bytes) -> str:
        """Return the signature in base64url."""
        return _encoded(self._private.sign(text))


def is_signed(text: bytes, signature: str, public: str) -> bool:
    """Tell whether the key with that public half signed the text; False for anything malformed."""
    try:
        Ed25519PublicKey.from_public_bytes(_decoded(public)).verify(_decoded(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
