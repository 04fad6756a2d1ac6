"""Signed assertions of portals: taken apart strictly, for a stranger sent them; then the signature is checked.

The key decides about the algorithm and the header has to agree, so there is no `none` and no HMAC under a public key.
Keys, certificates and addresses that a header brings along (`jwk`, `x5c`, `jku` …) are never looked at.

Source: RFC 7515 (JWS), RFC 7519 (JWT), RFC 7523 section 3, RFC 8725 (best current practices).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from token_server.domain.client_keys import ALGORITHMS, keys_of

LONGEST_ASSERTION = 8192
# RFC 7523bis (draft) section 4 asks for the first; the second, and none, are what was usual before.
TYPES = {"client-authentication+jwt", "jwt"}
KEY_SETS_KEPT = 256
_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_readers = {algorithm: jwt.PyJWS(algorithms=[algorithm]) for algorithm in ALGORITHMS.values()}


@dataclass(frozen=True)
class ReadAssertion:
    """What an assertion says, before anybody knows whether it is true."""

    text: str
    algorithm: str
    key_id: str | None
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class PublicKey:
    """A key that checks signatures of one algorithm."""

    algorithm: str
    key: Any  # PyJWT takes one class of `cryptography` for each algorithm


def read_assertion(text: str) -> ReadAssertion | None:
    """Return what the assertion says; None for anything that is not a compact JWS of JSON objects we understand."""
    parts = _FORM.fullmatch(text) if len(text) <= LONGEST_ASSERTION else None
    header, claims = (None, None) if parts is None else (_members(parts[1]), _members(parts[2]))
    if header is None or claims is None or "crit" in header or "b64" in header:
        return None
    algorithm, kind, key_id = header.get("alg"), header.get("typ", "JWT"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in _readers:
        return None
    if not isinstance(kind, str) or kind.lower() not in TYPES or not isinstance(key_id, str | None):
        return None
    return ReadAssertion(text, algorithm, key_id, claims)


def signer_of(assertion: ReadAssertion, jwks: str) -> str | None:
    """Return the id of the key of the set that signed the assertion; None when none did.

    It takes as long when there is no such key: then one is asked whose signatures count for nothing.
    """
    keys = public_keys(jwks)
    key_id = next(iter(keys)) if assertion.key_id is None and len(keys) == 1 else assertion.key_id
    key = keys.get(key_id) if key_id is not None else None
    if key is None or key.algorithm != assertion.algorithm:
        key, key_id = _nobodys_keys()[assertion.algorithm], None
    try:
        _readers[key.algorithm].decode(assertion.text, key.key, [key.algorithm])
    except jwt.InvalidTokenError:
        return None
    return key_id


@lru_cache(maxsize=KEY_SETS_KEPT)
def public_keys(jwks: str) -> Mapping[str, PublicKey]:
    """Return the keys of a set, which is in the form that it is kept in, by their ids."""
    return {key["kid"]: PublicKey(key["alg"], _public_key(key)) for key in keys_of(jwks)}


def _public_key(key: Mapping[str, str]) -> Any:  # noqa: ANN401 - as in PublicKey
    if key["kty"] == "OKP":
        return Ed25519PublicKey.from_public_bytes(_octets(key["x"]))
    if key["kty"] == "EC":
        x, y = (int.from_bytes(_octets(key[name])) for name in ("x", "y"))
        return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    return RSAPublicNumbers(int.from_bytes(_octets(key["e"])), int.from_bytes(_octets(key["n"]))).public_key()


@lru_cache(maxsize=1)
def _nobodys_keys() -> Mapping[str, PublicKey]:
    """Return a key of each kind, for those who have none; what it says is not listened to, only waited for."""
    keys = (
        # The base points of the curves: RFC 8032 section 5.1, NIST SP 800-186 section 3.2.1.3
        {"kty": "OKP", "x": "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY"},
        {
            "kty": "EC",
            "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
            "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
        },
        {"kty": "RSA", "e": "AQAB", "n": base64.urlsafe_b64encode((2**2048 - 1).to_bytes(256)).rstrip(b"=").decode()},
    )
    return {ALGORITHMS[key["kty"]]: PublicKey(ALGORITHMS[key["kty"]], _public_key(key)) for key in keys}


def _members(part: str) -> dict[str, Any] | None:
    try:
        members = json.loads(_octets(part).decode(), object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except (ValueError, binascii.Error, RecursionError):
        return None
    return members if isinstance(members, dict) else None


def _octets(text: str) -> bytes:
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(octets).rstrip(b"=").decode() != text:  # one text for each octets, and no other
        raise ValueError("is not base64url as RFC 7515 section 2 has it")
    return octets


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("has a member that comes twice")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(name)
