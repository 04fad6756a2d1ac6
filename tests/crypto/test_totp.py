"""Time-based one-time passwords: the RFC's own examples, and what is near them."""

from __future__ import annotations

import pytest

from token_server.crypto.totp import enrolling_uri, matching_step, new_secret, typed

SECRET = b"12345678901234567890"
# RFC 6238 appendix B, SHA-1: seconds and eight digits, of which six-digit codes are the last (RFC 4226 section 5.3).
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("seconds", "digits"), VECTORS)
def test_the_examples_of_rfc_6238(seconds: int, digits: str) -> None:
    assert matching_step(SECRET, digits[2:], seconds * 1000) == seconds // 30


@pytest.mark.parametrize(("seconds", "digits"), VECTORS)
@pytest.mark.parametrize(("aside", "is_good"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_one_step_aside_is_good_and_is_told_as_its_own(seconds: int, digits: str, aside: int, *, is_good: bool) -> None:
    found = matching_step(SECRET, digits[2:], (seconds + aside) * 1000) if seconds + aside >= 0 else seconds // 30
    assert found == (seconds // 30 if is_good or seconds + aside < 0 else None)


@pytest.mark.parametrize("code", ["", "28708", "2870822", "287083", "ü87082", "\0" * 6, "-87082", "२८७०८२"])
def test_anything_else_is_no_code(code: str) -> None:
    assert matching_step(SECRET, code, 59_000) is None


def test_spaces_are_how_apps_show_codes() -> None:
    assert matching_step(SECRET, "287 082", 59_000) == 1


def test_secrets_are_long_and_never_twice() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(each) for each in secrets} == {20}


def test_the_text_for_the_app_names_the_server_and_the_operator() -> None:
    uri = enrolling_uri(SECRET, account="anna@example.com", issuer="Token server")
    assert uri.startswith("otpauth://totp/Token%20server:anna%40example.com?secret=" + typed(SECRET))
