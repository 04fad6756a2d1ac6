"""Access tokens: signed by us, for this audience, valid now; everything else is nobody we know."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from token_server.crypto.access_tokens import SigningKey, issue, thumbprint, verify
from token_server.domain.errors import NotAuthenticated

NOW_MS = 1_800_000_000_000
NOW_S = NOW_MS // 1000
KEY = SigningKey.generate()
CLAIMS = {"iss": "https://issuer", "aud": "mobile", "exp": NOW_S + 900, "iat": NOW_S, "sub": "ABC123"}


def read(token: str, *keys: SigningKey, now_ms: int = NOW_MS) -> Mapping[str, Any]:
    known = {key.key_id: key for key in keys or (KEY,)}
    return verify(token, known, issuer="https://issuer", audience="mobile", now_ms=now_ms)


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(header: dict[str, Any], claims: dict[str, Any], key: SigningKey = KEY) -> str:
    start = f"{encoded(header)}.{encoded(claims)}"
    signature = Ed25519PrivateKey.from_private_bytes(key.secret()).sign(start.encode())
    return f"{start}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_a_token_is_read_again_and_again() -> None:
    token = issue(KEY, CLAIMS)
    assert read(token) == CLAIMS
    with pytest.raises(TypeError):  # what is kept for the next caller cannot be changed by this one
        read(token)["sub"] = "changed by a caller"  # type: ignore[index]
    assert read(token) == CLAIMS


def test_other_software_reads_our_tokens_with_the_published_key() -> None:
    token = issue(KEY, {**CLAIMS, "exp": 4_000_000_000, "iat": 1})
    public = jwt.PyJWK(KEY.public_jwk)
    assert (
        jwt.decode(token, public, algorithms=["EdDSA"], audience="mobile", issuer="https://issuer")["sub"] == "ABC123"
    )
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": KEY.key_id, "typ": "at+jwt"}


def test_a_token_ends_when_it_says_even_if_it_was_verified_before() -> None:
    token = issue(KEY, CLAIMS)
    assert read(token, now_ms=NOW_MS + 899_999)
    with pytest.raises(NotAuthenticated, match="expired"):
        read(token, now_ms=NOW_MS + 900_000)


def test_a_retired_key_s_tokens_end_with_it() -> None:
    old, new = SigningKey.generate(), SigningKey.generate()
    token = issue(old, CLAIMS)
    assert read(token, old, new)
    with pytest.raises(NotAuthenticated):
        read(token, new)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other"},
        {"aud": "portal"},
        {"aud": ["mobile"]},
        {"exp": NOW_S},
        {"exp": str(NOW_S + 900)},
        {"exp": None},
        {"nbf": NOW_S + 1},
        {"nbf": "soon"},
        {"iss": ""},
    ],
    ids=repr,
)
def test_tokens_of_ours_for_somebody_else_or_another_time_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        read(issue(KEY, {**CLAIMS, **change}))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": KEY.key_id, "typ": "at+jwt"},
        {"alg": "HS256", "kid": KEY.key_id, "typ": "at+jwt"},
        {"alg": "EdDSA", "kid": KEY.key_id, "typ": "JWT"},
        {"alg": "EdDSA", "kid": KEY.key_id},
        {"alg": "EdDSA", "typ": "at+jwt"},
        {"alg": "EdDSA", "kid": "other", "typ": "at+jwt"},
        {"alg": "EdDSA", "kid": [KEY.key_id], "typ": "at+jwt"},
        {"alg": "EdDSA", "kid": KEY.key_id, "typ": "at+jwt", "crit": ["x"]},
        {"alg": "EdDSA", "kid": KEY.key_id, "typ": "at+jwt", "jwk": KEY.public_jwk},
        {"alg": "EdDSA", "kid": KEY.key_id, "typ": "at+jwt", "b64": False},
    ],
    ids="-".join,
)
def test_no_other_header_is_read_whoever_signed_it(header: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        read(signed(header, CLAIMS))


def test_our_own_header_signed_by_hand_is_read() -> None:
    assert read(signed({"alg": "EdDSA", "kid": KEY.key_id, "typ": "at+jwt"}, CLAIMS)) == CLAIMS


def test_hmac_with_the_public_key_as_its_secret_is_refused() -> None:
    headers = {"kid": KEY.key_id, "typ": "at+jwt"}
    with pytest.raises(NotAuthenticated):
        read(jwt.encode(CLAIMS, KEY.public, algorithm="HS256", headers=headers))


def test_another_key_under_our_key_id_is_refused() -> None:
    stranger = SigningKey.generate()
    with pytest.raises(NotAuthenticated):
        read(signed({"alg": "EdDSA", "kid": KEY.key_id, "typ": "at+jwt"}, CLAIMS, stranger))


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B") + "=",
        lambda token: token + ".",
        lambda token: token + "A",
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token.rpartition(".")[0],
        lambda token: token.partition(".")[0],
        lambda token: token.replace(".", "..", 1),
        lambda token: f" {token}",
        lambda token: token + "é",
        lambda token: token + "\udc80",
        lambda token: token * 20,
        lambda _: "",
        lambda _: "..",
        lambda _: "a.b.c",
        lambda _: "W10.e30.",
        lambda _: "[" * 4000,
    ],
)
def test_a_changed_token_is_refused(change: Callable[[str], str]) -> None:
    with pytest.raises(NotAuthenticated):
        read(change(issue(KEY, CLAIMS)))


def test_every_changed_letter_of_the_content_is_refused() -> None:
    token = issue(KEY, CLAIMS)
    for at in range(token.rindex(".") + 80):
        letter = "A" if token[at] != "A" else "B"
        with pytest.raises(NotAuthenticated):
            read(token[:at] + letter + token[at + 1 :])


@given(st.text(max_size=200))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(NotAuthenticated):
        read(text)


def test_a_key_is_the_same_after_it_was_stored() -> None:
    again = SigningKey.from_secret(KEY.secret())
    assert (again.key_id, again.public_jwk) == (KEY.key_id, KEY.public_jwk)
    assert KEY.key_id == thumbprint(KEY.public) == KEY.public_jwk["kid"]
    assert read(issue(again, CLAIMS)) == CLAIMS


def test_a_key_shows_nothing_secret() -> None:
    assert repr(KEY) == f"SigningKey({KEY.key_id})"
    assert set(KEY.public_jwk) == {"kty", "crv", "x", "kid", "alg", "use"}
