"""The public keys by which a portal signs instead of knowing a secret, as an admin pastes them.

They are kept in one form, whatever the form they came in: only what is public, in one order, each with a key id.

Source: RFC 7517 (JWK Set), RFC 7518 section 6 (EC and RSA), RFC 8037 (Ed25519), RFC 7638 (key ids).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from token_server.domain.errors import InvalidParameter

NAME = "jwks"
MOST_KEYS = 8
LONGEST_JWKS = 32_768
LONGEST_KEY_ID = 200
# One algorithm for each type of key: what signs decides how, and nobody else has a say (RFC 8725 section 3.1).
ALGORITHMS = {"OKP": "EdDSA", "EC": "ES256", "RSA": "PS256"}
CURVES = {"OKP": "Ed25519", "EC": "P-256"}
COORDINATES = {"OKP": ("x",), "EC": ("x", "y")}
COORDINATE_OCTETS = 32
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
SMALLEST_RSA_BITS, LARGEST_RSA_BITS = 2048, 4096
USUAL_EXPONENT = "AQAB"
# NIST SP 800-186 section 3.2.1.3
_P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
_P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def canonical_jwks(text: str) -> str:
    """Return the key set as it is kept; a single key counts as a set of one, and nothing at all stays nothing.

    Errors: InvalidParameter.
    """
    if not text.strip():
        return ""
    document = _read(text)
    keys = document.get("keys", [document])
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS:
        raise _refused(f"must hold 1 to {MOST_KEYS} public keys")
    canonical = sorted((_canonical_key(each) for each in keys), key=lambda each: each["kid"])
    key_ids = [each["kid"] for each in canonical]
    if len(set(key_ids)) != len(key_ids):
        raise _refused("holds two keys of one `kid`, or one key twice")
    return json.dumps({"keys": canonical}, separators=(",", ":"), sort_keys=True)


def keys_of(jwks: str) -> list[dict[str, str]]:
    """Return the keys of a set in the form that it is kept in."""
    keys: list[dict[str, str]] = json.loads(jwks)["keys"] if jwks else []
    return keys


def thumbprint(key: Mapping[str, str]) -> str:
    """Return the id that a key gives itself (RFC 7638 section 3.2)."""
    names = ("e", "kty", "n") if key["kty"] == "RSA" else ("crv", "kty", *COORDINATES[key["kty"]])
    members = json.dumps({name: key[name] for name in names}, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()


def _read(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_JWKS:
        raise _refused(f"must have at most {LONGEST_JWKS} characters")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _refused('must be a key set in JSON: {"keys": [{"kty": …}]}') from None
    if not isinstance(document, dict):
        raise _refused("must be a JSON object: a key set, or one key")
    return document


def _canonical_key(key: Any) -> dict[str, str]:  # noqa: ANN401 - whatever stands in the list
    if not isinstance(key, dict):
        raise _refused("must hold keys as JSON objects")
    if PRIVATE & key.keys():
        raise _refused(
            "holds a private key, which nobody but the portal may know: make a new one, paste its public half"
        )
    kind = key.get("kty")
    if not isinstance(kind, str) or kind not in ALGORITHMS:
        raise _refused("must hold keys of the types OKP (Ed25519), EC (P-256) or RSA")
    public = {"kty": kind, **(_rsa_members(key) if kind == "RSA" else _curve_members(key, kind))}
    if key.get("use", "sig") != "sig" or "verify" not in key.get("key_ops", ["verify"]):
        raise _refused("holds a key that is not for signatures")
    if key.get("alg", ALGORITHMS[kind]) != ALGORITHMS[kind]:
        raise _refused(f"holds a key for another algorithm than {ALGORITHMS[kind]}, which is the one for its type here")
    return {**public, "alg": ALGORITHMS[kind], "use": "sig", "kid": _key_id(key, public)}


def _key_id(key: Mapping[str, Any], public: Mapping[str, str]) -> str:
    key_id = key.get("kid", thumbprint(public))
    if (
        not isinstance(key_id, str)
        or not 0 < len(key_id) <= LONGEST_KEY_ID
        or not (key_id.isascii() and key_id.isprintable())
    ):
        raise _refused(f"holds a `kid` that is not 1 to {LONGEST_KEY_ID} printable ASCII characters")
    return key_id


def _curve_members(key: Mapping[str, Any], kind: str) -> dict[str, str]:
    if key.get("crv") != CURVES[kind]:
        raise _refused(f"holds a key of type {kind} on another curve than {CURVES[kind]}")
    octets = {name: _octets(key, name) for name in COORDINATES[kind]}
    if any(len(each) != COORDINATE_OCTETS for each in octets.values()):
        raise _refused(f"holds a key of type {kind} with a coordinate that is not {COORDINATE_OCTETS} octets long")
    if kind == "EC" and not _is_on_p256(*(int.from_bytes(each) for each in octets.values())):
        raise _refused("holds a key that is no point of the curve P-256")
    return {"crv": CURVES[kind], **{name: key[name] for name in octets}}


def _is_on_p256(x: int, y: int) -> bool:
    return x < _P256 and y < _P256 and (y * y - (x * x * x - 3 * x + _P256_B)) % _P256 == 0


def _rsa_members(key: Mapping[str, Any]) -> dict[str, str]:
    modulus = _octets(key, "n")
    bits = int.from_bytes(modulus).bit_length()
    is_plain = modulus[:1] != b"\0" and modulus[-1:] and modulus[-1] % 2 == 1
    if not is_plain or not SMALLEST_RSA_BITS <= bits <= LARGEST_RSA_BITS or key.get("e") != USUAL_EXPONENT:
        raise _refused(f"holds an RSA key that has not {SMALLEST_RSA_BITS} to {LARGEST_RSA_BITS} bits and e = 65537")
    return {"n": key["n"], "e": key["e"]}


def _octets(key: Mapping[str, Any], name: str) -> bytes:
    text = key.get(name)
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True) if isinstance(text, str) else b""
    except (ValueError, binascii.Error):
        octets = b""
    if not octets or base64.urlsafe_b64encode(octets).rstrip(b"=").decode() != text:
        raise _refused(f"holds a key whose `{name}` is not base64url without padding")
    return octets


def _refused(problem: str) -> InvalidParameter:
    return InvalidParameter(NAME, problem)
