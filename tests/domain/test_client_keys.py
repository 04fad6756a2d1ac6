"""Pasted key sets: what is kept of them, and what is refused with the rule that it breaks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from token_server.domain.client_keys import canonical_jwks, keys_of, thumbprint
from token_server.domain.errors import InvalidParameter

# RFC 8037 appendix A.2, RFC 7517 appendix A.1 (EC), RFC 7638 section 3.1 (RSA)
OKP = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
EC = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}
RSA = {
    "kty": "RSA",
    "e": "AQAB",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn"
        "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qM"
        "QvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJz"
        "KnqDKgw"
    ),
}
KEPT = {"alg": "EdDSA", "crv": "Ed25519", "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "kty": "OKP"}


def test_keys_give_themselves_the_standards_ids() -> None:
    assert thumbprint(OKP) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"  # RFC 8037 appendix A.3
    assert thumbprint(RSA) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"  # RFC 7638 section 3.1


def test_only_what_is_public_and_used_is_kept_in_one_order() -> None:
    given_keys = [{**EC, "kid": "second"}, {**RSA, "kid": "third", "x5c": ["MII"]}, {**OKP, "note": "ours"}]
    kept = canonical_jwks(json.dumps({"keys": given_keys}, indent=4))
    assert kept == canonical_jwks(json.dumps({"keys": given_keys[::-1], "more": 1}))
    assert keys_of(kept)[0] == {**KEPT, "use": "sig", "x": OKP["x"]}
    assert [each["alg"] for each in keys_of(kept)] == ["EdDSA", "ES256", "PS256"]
    assert canonical_jwks(kept) == kept


def test_one_key_is_a_set_and_nothing_is_nothing() -> None:
    assert [each["kid"] for each in keys_of(canonical_jwks(json.dumps(OKP)))] == [KEPT["kid"]]
    assert (canonical_jwks(" \n"), keys_of("")) == ("", [])


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ({**OKP, "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}, "private key"),
        ({"kty": "oct", "k": "AAAA"}, "private key"),
        ({"kty": "oct"}, "types OKP"),
        ({**OKP, "kty": ["OKP"]}, "types OKP"),
        ({**OKP, "crv": "X25519"}, "another curve than Ed25519"),
        ({**EC, "crv": "P-384"}, "another curve than P-256"),
        ({**EC, "crv": "secp256k1"}, "another curve than P-256"),
        ({**EC, "y": EC["x"]}, "no point of the curve"),
        ({**EC, "x": "A" * 43, "y": "A" * 43}, "no point of the curve"),
        ({**OKP, "x": OKP["x"] + "="}, "base64url"),
        ({**OKP, "x": OKP["x"][:-1] + "p"}, "base64url"),
        ({**OKP, "x": "AAAA"}, "32 octets"),
        ({**OKP, "x": 7}, "base64url"),
        ({**EC, "y": None}, "base64url"),
        ({**RSA, "n": RSA["n"][:160]}, "2048 to 4096 bits"),
        ({**RSA, "n": RSA["n"] * 3}, "2048 to 4096 bits"),
        ({**RSA, "e": "Aw"}, "e = 65537"),
        ({**OKP, "use": "enc"}, "not for signatures"),
        ({**OKP, "key_ops": ["sign"]}, "not for signatures"),
        ({**OKP, "alg": "HS256"}, "another algorithm than EdDSA"),
        ({**RSA, "alg": "RS256"}, "another algorithm than PS256"),
        ({**OKP, "kid": ""}, "`kid`"),
        ({**OKP, "kid": 7}, "`kid`"),
        ({**OKP, "kid": "é"}, "`kid`"),
        ("key", "JSON objects"),
    ],
)
def test_a_key_that_breaks_a_rule_is_refused_by_it(key: object, rule: str) -> None:
    with pytest.raises(InvalidParameter, match=rule):
        canonical_jwks(json.dumps({"keys": [key]}))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        '{"keys": []}',
        '{"keys": {}}',
        json.dumps({"keys": [OKP, OKP]}),
        json.dumps({"keys": [{**OKP, "kid": "a"}, {**EC, "kid": "a"}]}),
        json.dumps({"keys": [{**OKP, "kid": str(each)} for each in range(9)]}),
        "[" * 30_000,
        json.dumps({**OKP, "note": "x" * 40_000}),
        "-----BEGIN PUBLIC KEY-----",
    ],
)
def test_what_is_no_set_of_different_keys_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter, match="jwks"):
        canonical_jwks(text)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["OKP", "AQAB", OKP["x"]]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*EC, "n", "e", "keys", "use", "kid"]), inner)
    ),
    max_leaves=12,
)


@given(anything)
def test_any_json_is_kept_in_a_stable_form_or_refused(value: object) -> None:
    try:
        kept = canonical_jwks(json.dumps(value))
    except InvalidParameter:
        return
    assert canonical_jwks(kept) == kept
