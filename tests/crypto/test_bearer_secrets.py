"""Secrets that callers carry: random, recognisable, remembered as keyed hashes; refresh tokens that need no memory."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from token_server.crypto import refresh_tokens
from token_server.crypto.bearer_secrets import KeyedHash, new_secret

KEY = bytes(range(32))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize("prefix", ["tsa_", "tsd_", "tsc_", "tsv_"])
def test_a_secret_has_its_prefix_and_256_random_bits(prefix: str) -> None:
    secrets = {new_secret(prefix) for _ in range(100)}
    assert len(secrets) == 100
    assert all(re.fullmatch(prefix + "[A-Za-z0-9_-]{43}", one) for one in secrets)


def test_a_hash_matches_its_value_and_purpose_alone() -> None:
    keyed = KeyedHash(KEY)
    digest = keyed.of("registration_code", "tsc_x")
    assert re.fullmatch("[0-9a-f]{64}", digest)
    assert keyed.matches("registration_code", "tsc_x", digest)
    assert not keyed.matches("registration_code", "tsc_y", digest)
    assert not keyed.matches("device_secret", "tsc_x", digest)
    assert not KeyedHash(bytes(32)).matches("registration_code", "tsc_x", digest)
    assert not keyed.matches("registration_code", "tsc_x", "")
    assert not keyed.matches("registration_code", "tsc_x", "é")


def test_purpose_and_value_cannot_be_shifted() -> None:
    keyed = KeyedHash(KEY)
    assert keyed.of("ab", "c") != keyed.of("a", "bc")
    assert keyed.of("", "abc") != keyed.of("abc", "")


@given(st.text(st.characters(categories=None), max_size=50))
def test_any_text_can_be_hashed_even_half_a_surrogate_pair(value: str) -> None:
    keyed = KeyedHash(KEY)
    assert keyed.matches("otp", value, keyed.of("otp", value))


def test_derived_secrets_are_made_again_and_differ_from_stored_hashes() -> None:
    keyed = KeyedHash(KEY)
    assert keyed.derive("otp", "transaction-1") == KeyedHash(KEY).derive("otp", "transaction-1")
    assert len(keyed.derive("otp", "transaction-1")) == 16
    assert keyed.derive("otp", "transaction-1", 32).hex() != keyed.of("otp", "transaction-1")
    assert keyed.derive("otp", "transaction-1") != keyed.derive("otp", "transaction-2")
    for length in (0, -1, 33):
        with pytest.raises(ValueError, match="octets"):
            keyed.derive("otp", "x", length)


def test_short_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        KeyedHash(bytes(31))


@given(st.text(max_size=40), st.integers(0, 2**63 - 1))
def test_a_refresh_token_says_its_grant_and_generation_again(grant_id: str, generation: int) -> None:
    keyed = KeyedHash(KEY)
    token = refresh_tokens.make(keyed, grant_id, generation)
    assert token == refresh_tokens.make(keyed, grant_id, generation)
    assert refresh_tokens.read(keyed, token) == (grant_id, generation)
    assert refresh_tokens.read(KeyedHash(bytes(32)), token) is None


def test_refresh_tokens_of_other_generations_and_grants_differ() -> None:
    keyed = KeyedHash(KEY)
    tokens = {refresh_tokens.make(keyed, grant, generation) for grant in "abc" for generation in range(5)}
    assert len(tokens) == 15
    assert all(token.startswith("tsr_") for token in tokens)


def test_every_other_letter_in_a_refresh_token_is_noticed() -> None:
    keyed = KeyedHash(KEY)
    token = refresh_tokens.make(keyed, "grant-1", 7)
    for at in range(4, len(token)):
        for letter in {"A", "B", "_", "-", ALPHABET[ALPHABET.index(token[at]) ^ 1]} - {token[at]}:
            assert refresh_tokens.read(keyed, token[:at] + letter + token[at + 1 :]) is None
    for length in range(len(token)):
        assert refresh_tokens.read(keyed, token[:length]) is None
    for wrong in (token + "=", token + "A", token.removeprefix("tsr_"), token.upper(), f" {token}", token * 10):
        assert refresh_tokens.read(keyed, wrong) is None


@given(st.text(max_size=100))
def test_any_text_is_a_refresh_token_or_none(text: str) -> None:
    assert refresh_tokens.read(KeyedHash(KEY), text) is None
    assert refresh_tokens.read(KeyedHash(KEY), "tsr_" + text) is None
