"""Signatures and key agreement on Curve25519, by libsodium; the only file that imports it (docs/decisions/0022).

Source: RFC 8032 section 5.1 (Ed25519), RFC 7748 sections 5 and 6.1 (X25519). All keys are 32 octets, signatures 64.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from nacl import bindings
from nacl.exceptions import BadSignatureError, CryptoError

KEY_OCTETS = 32
SIGNATURE_OCTETS = 64


class Ephemeral(NamedTuple):
    """A key pair for one message."""

    private: bytes
    public: bytes


def sign(seed: bytes, public: bytes, message: bytes) -> bytes:
    """Return the Ed25519 signature by the key pair that grew from the seed."""
    return bindings.crypto_sign(message, seed + public)[:SIGNATURE_OCTETS]


def has_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is the key's Ed25519 signature over the message; stricter than RFC 8032 about odd points."""
    if len(public) != KEY_OCTETS or len(signature) != SIGNATURE_OCTETS:
        return False
    try:
        bindings.crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def signing_public(seed: bytes) -> bytes:
    """Return the public half of the Ed25519 key pair that grows from the seed."""
    return bindings.crypto_sign_seed_keypair(seed)[0]


def agreement_public(private: bytes) -> bytes:
    """Return the public half of an X25519 private key."""
    return bindings.crypto_scalarmult_base(private)


def new_ephemeral() -> Ephemeral:
    """Return a new X25519 key pair."""
    private = secrets.token_bytes(KEY_OCTETS)
    return Ephemeral(private, bindings.crypto_scalarmult_base(private))


def agree(private: bytes, public: bytes) -> bytes:
    """Return the secret that both sides of X25519 compute.

    Errors: ValueError for a point of small order, with which the secret would be zero.
    """
    try:
        return bindings.crypto_scalarmult(private, public)
    except CryptoError:
        raise ValueError("a point of small order") from None
