"""Any JOSE header and any claims: an assertion is good as its portal makes it, and in no other way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.mutations import cut, flipped, spliced
from tests.support.signing_portal import ALGORITHMS, PortalKey, claims_for, jwks_of, key_of
from token_server.crypto.client_assertions import LONGEST_ASSERTION, read_assertion, signer_of
from token_server.domain.client_assertions import judge_claims
from token_server.domain.client_keys import canonical_jwks, keys_of

ISSUER = "https://login.example"
NOW = time.time_ns() // 1_000_000
JWKS = canonical_jwks(jwks_of(*(key_of(each) for each in ALGORITHMS)))
KIDS = {key["alg"]: key["kid"] for key in keys_of(JWKS)}
CLAIMS = claims_for(ISSUER, NOW, jti="once")
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from([*KIDS, *KIDS.values()])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["alg", "typ", "kid", "crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "cty", "enc", "nonce"]
headers = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), anything, max_size=5)


def part(value: object) -> str:
    """One part of a compact JWS."""
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def let_in(text: str, jwks: str = JWKS) -> bool:
    """Whether the assertion would let its portal in."""
    read = read_assertion(text)
    if read is None or signer_of(read, jwks) is None:
        return False
    return judge_claims(read.claims, audience=ISSUER, now_ms=NOW) is not None


def signed(key: PortalKey, header: object, claims: object = CLAIMS) -> str:
    """Any header and any claims, signed by a key that the server knows, whatever the header says."""
    text = f"{part(header)}.{part(claims)}"
    algorithm = jwt.get_algorithm_by_name(key.algorithm)
    return f"{text}.{part(algorithm.sign(text.encode(), key.private))}"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@many
@given(headers)
def test_a_header_may_say_what_it_likes_and_changes_nothing(algorithm: str, header: dict[str, Any]) -> None:
    is_plain = (
        header.get("alg") == algorithm
        and header.get("kid") == KIDS[algorithm]
        and str(header.get("typ", "JWT")).lower() in {"jwt", "client-authentication+jwt"}
        and not {"crit", "b64"} & header.keys()
    )
    assert let_in(signed(key_of(algorithm), header)) == is_plain
    usual = {"alg": algorithm, "kid": KIDS[algorithm]}
    beside = {name: value for name, value in header.items() if name not in {"alg", "kid", "typ", "crit", "b64"}}
    assert let_in(signed(key_of(algorithm), beside | usual))


@many
@given(anything | st.dictionaries(st.sampled_from([*CLAIMS, "nbf"]), anything, max_size=7))
def test_claims_are_judged_whatever_they_are(claims: object) -> None:
    assert not let_in(signed(key_of("EdDSA"), {"alg": "EdDSA", "kid": KIDS["EdDSA"]}, claims))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_not_one_octet_can_be_another(algorithm: str) -> None:
    good = signed(key_of(algorithm), {"alg": algorithm, "kid": KIDS[algorithm]}).encode()
    assert let_in(good.decode())
    changed = {*cut(good), *flipped(good), *spliced(good, 40)} - {good}
    assert not [each for each in changed if let_in(each.decode("latin-1"))]


@many
@given(st.text(max_size=200) | st.lists(st.text("AZaz09_-", max_size=40), max_size=5).map(".".join))
@example("e30.e30.")
@example("e30.e30.AA\n")
@example("..")
@example("." * LONGEST_ASSERTION)
@example("A" * LONGEST_ASSERTION + ".e30.AA")
def test_any_text_is_read_or_not(text: str) -> None:
    assert not let_in(text)


def test_the_known_tricks_do_not_work() -> None:
    key, kid = key_of("EdDSA"), KIDS["EdDSA"]
    claims, plain = part(CLAIMS), {"alg": "EdDSA", "kid": kid}
    pem = key_of("PS256").private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    raw = key.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    stranger = PortalKey.new("EdDSA")
    assert let_in(signed(key, plain))
    for algorithm in ("none", "None", "NONE", "nOnE", ""):
        assert not let_in(f"{part({'alg': algorithm})}.{claims}.")
        assert not let_in(f"{part({'alg': algorithm, 'kid': kid})}.{claims}.{part(b'x')}")
    for secret in (pem, raw, JWKS.encode(), b""):  # an HMAC under what everybody knows
        text = f"{part({'alg': 'HS256', 'kid': kid})}.{claims}"
        assert not let_in(f"{text}.{part(hmac.digest(secret or b'k', text.encode(), hashlib.sha256))}")
    for header in ({**plain, "jwk": stranger.public_jwk}, {"alg": "EdDSA", "jwk": stranger.public_jwk}):
        assert not let_in(signed(stranger, header))
    for other in ("ES256", "RS256", "EdDSA"):  # the key of one algorithm, the name of another
        assert not let_in(signed(key_of("PS256"), {"alg": other, "kid": KIDS["PS256"]}))
        assert not let_in(signed(key, {"alg": "EdDSA", "kid": KIDS["PS256"]}))
    assert not let_in(signed(key, {**plain, "crit": ["exp"], "exp": 1}))
    assert not let_in(signed(key, {**plain, "typ": "at+jwt"}))
    assert not let_in(signed(key, f'{{"alg":"EdDSA","kid":"{kid}","kid":"{kid}"}}'.encode()))
    assert not let_in(signed(key, plain, b'{"iss":"a","iss":"signer"}'))
    assert not let_in(signed(key, plain, b"[" * 3000))
    assert not let_in(signed(key, plain, {**CLAIMS, "more": "x" * LONGEST_ASSERTION}))
    assert not let_in(f"{part(plain)}.{part(signed(key, plain).encode())}.{part(b'x')}")
    assert not let_in(signed(key, plain) + "=")
    assert not let_in(signed(key, {"alg": "EdDSA"}))  # three keys, and it does not say which


def test_the_key_that_stands_in_where_there_is_none_lets_nobody_in() -> None:
    one = PortalKey("ES256", ec.derive_private_key(1, ec.SECP256R1()))  # whose public half is the curve's base point
    for header in ({"alg": "ES256"}, {"alg": "ES256", "kid": "any"}):
        read = read_assertion(signed(one, header))
        assert read is not None
        assert [signer_of(read, jwks) for jwks in ("", JWKS)] == [None, None]
    own = canonical_jwks(json.dumps(one.public_jwk))
    assert let_in(signed(one, {"alg": "ES256"}), own)
