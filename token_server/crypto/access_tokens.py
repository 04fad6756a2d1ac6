"""Access tokens: JSON Web Tokens signed with Ed25519, and the keys that sign them.

Source: RFC 7519 (JWT), RFC 8037 (EdDSA), RFC 9068 (`at+jwt`), RFC 7638 (key ids).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from token_server.domain.errors import NotAuthenticated

ALGORITHM = "EdDSA"
TYPE = "at+jwt"
LONGEST_TOKEN = 4096
HEADERS_KEPT = 64
VERIFIED_TOKENS_KEPT = 4096  # about 2.5 KiB each

_reader = jwt.PyJWS(algorithms=[ALGORITHM])


class SigningKey:
    """An Ed25519 key pair with the id that its public half gives it (RFC 7638)."""

    __slots__ = ("_private", "key_id", "public", "public_jwk")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public: bytes = private.public_key().public_bytes_raw()
        self.key_id: str = thumbprint(self.public)
        self.public_jwk: dict[str, Any] = {
            **_required_members(self.public),
            "kid": self.key_id,
            "alg": ALGORITHM,
            "use": "sig",
        }

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id})"

    @classmethod
    def generate(cls) -> SigningKey:
        """Return a new key pair."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_secret(cls, secret: bytes) -> SigningKey:
        """Return the key pair that `secret` wrote."""
        return cls(Ed25519PrivateKey.from_private_bytes(secret))

    def secret(self) -> bytes:
        """The 32 secret octets, to be sealed before they are stored."""
        return self._private.private_bytes_raw()

    def sign_token(self, claims: Mapping[str, Any]) -> str:
        """Return a signed token with these claims."""
        headers = {"kid": self.key_id, "typ": TYPE}
        return jwt.encode(dict(claims), self._private, algorithm=ALGORITHM, headers=headers)


def thumbprint(public: bytes) -> str:
    """Return the key id of a public key (RFC 7638 section 3, members of RFC 8037 section 2)."""
    members = json.dumps(_required_members(public), separators=(",", ":"), sort_keys=True)
    return _base64url(hashlib.sha256(members.encode()).digest())


def issue(key: SigningKey, claims: Mapping[str, Any]) -> str:
    """Return an access token with exactly these claims.

    Units: `exp`, `iat`, `nbf` are seconds, as RFC 7519 has it.
    """
    return key.sign_token(claims)


def verify(token: str, keys: Mapping[str, SigningKey], *, issuer: str, audience: str, now_ms: int) -> Mapping[str, Any]:
    """Return the claims of a token that one of these keys signed and that is valid now.

    Errors: NotAuthenticated.
    """
    key = keys.get(_key_id(token.partition(".")[0])) if len(token) <= LONGEST_TOKEN and token.isascii() else None
    if key is None:
        raise _refused()
    claims = _claims(token, key.public)
    if claims.get("iss") != issuer or claims.get("aud") != audience:
        raise _refused()
    if _time(claims, "nbf", 0) * 1000 > now_ms:
        raise _refused()
    if _time(claims, "exp", 0) * 1000 <= now_ms:
        raise NotAuthenticated("the access token has expired")
    return claims


@lru_cache(maxsize=HEADERS_KEPT)  # all tokens of a key begin with the same header
def _key_id(header: str) -> str:
    try:
        members = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
        key_id = members["kid"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _refused() from None
    if members != {"alg": ALGORITHM, "kid": key_id, "typ": TYPE} or not isinstance(key_id, str):
        raise _refused()
    return key_id


@lru_cache(maxsize=VERIFIED_TOKENS_KEPT)  # whether a key signed a token never changes; its time is checked each time
def _claims(token: str, public: bytes) -> Mapping[str, Any]:
    try:
        payload = _reader.decode(token, Ed25519PublicKey.from_public_bytes(public), [ALGORITHM])
    except jwt.InvalidTokenError:
        raise _refused() from None
    return MappingProxyType(json.loads(payload))


def _time(claims: Mapping[str, Any], name: str, default: int) -> int:
    value = claims.get(name, default)
    if not isinstance(value, int):
        raise _refused()
    return value


def _required_members(public: bytes) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public)}


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _refused() -> NotAuthenticated:
    return NotAuthenticated("the access token is not valid")
