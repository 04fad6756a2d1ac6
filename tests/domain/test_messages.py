"""Texts that people read before they say yes: what may be in them, and how long they may be."""

from __future__ import annotations

import pytest

from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.errors import (
    InvalidParameter,
    MessageMissing,
    MessageTooLong,
    NoPossibilities,
    SmsDisabled,
    TokenServerError,
)
from token_server.domain.identifiers import check_name, check_user_id
from token_server.domain.messages import check_message, check_text

ENGLISH_AND_DUTCH = {"en": "Log in?", "nl": "Inloggen?"}


@pytest.mark.parametrize(
    "text",
    ["", "plain", "Grüße", "日本語", "👍🏽", "zero\u200dwidth joiner", "no\u00a0break", "<b>&amp;</b>", "{code}"],
)
def test_what_can_be_shown_is_left_as_it_is(text: str) -> None:
    assert check_text("message", text) == text


@pytest.mark.parametrize(
    "character",
    [
        *"\x00\x07\x08\x0b\x0c\x1b\x7f\x80\x85\x9f",
        *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
        *"\u2028\u2029",
        "\ud800",
        chr(0xDFFF),
    ],
)
def test_what_could_mislead_is_refused_and_named(character: str) -> None:
    with pytest.raises(InvalidParameter, match=f"U\\+{ord(character):04X}") as caught:
        check_text("secure_message", f"pay {character} Bob", line_breaks=True)
    assert caught.value.name == "secure_message"


@pytest.mark.parametrize("character", "\n\r\t")
def test_line_breaks_are_welcome_in_messages_only(character: str) -> None:
    assert check_text("message", f"a{character}b", line_breaks=True)
    assert check_message(f"a{character}b", 155)
    with pytest.raises(InvalidParameter):
        check_text("user_id", f"a{character}b")


@pytest.mark.parametrize("character", ["x", "€", "👍"])
def test_a_message_is_measured_in_characters(character: str) -> None:
    assert check_message(character * 155, 155) == character * 155
    with pytest.raises(MessageTooLong, match="at most 155"):
        check_message(character * 156, 155)


@pytest.mark.parametrize(
    ("language_code", "message"),
    [("nl", "Inloggen?"), ("en", "Log in?"), ("fr", "Log in?"), (None, "Log in?"), ("", "Log in?"), ("NL", "Log in?")],
)
def test_the_default_message_falls_back_to_english(language_code: str | None, message: str) -> None:
    kind = AuthenticationType("login", Method.OTP, 60, ENGLISH_AND_DUTCH)
    assert kind.default_message(language_code) == message


@pytest.mark.parametrize(
    ("messages", "language_code"), [({}, None), ({}, "en"), ({"nl": "x"}, None), ({"nl": "x"}, "fr")]
)
def test_without_a_message_in_that_language_or_english_there_is_none(
    messages: dict[str, str], language_code: str | None
) -> None:
    with pytest.raises(MessageMissing):
        AuthenticationType("login", Method.OTP, 60, messages).default_message(language_code)


@pytest.mark.parametrize("method", list(Method))
def test_only_otp_is_otp(method: Method) -> None:
    kind = AuthenticationType("login", method, 60, {})
    refused: dict[Method, type[TokenServerError]] = {Method.SMS: SmsDisabled}
    if method is Method.OTP:
        kind.refuse_unless_otp()
    else:
        with pytest.raises(refused.get(method, NoPossibilities)):
            kind.refuse_unless_otp()


@pytest.mark.parametrize("user_id", ["a", "x" * 255, "a b", "{x}", "jürgen@example.com", "'; DROP TABLE users; --"])
def test_a_user_id_is_opaque(user_id: str) -> None:
    assert check_user_id(user_id) == user_id


@pytest.mark.parametrize("user_id", ["", "x" * 256, "a\nb", "a\x00b", "\u202ealice", "\ud800"])
def test_a_user_id_that_nobody_can_have_is_refused(user_id: str) -> None:
    with pytest.raises(InvalidParameter):
        check_user_id(user_id)


@pytest.mark.parametrize(
    ("name", "is_good"), [("Pixel 9", True), ("x" * 128, True), ("x" * 129, False), (" ", False), ("", False)]
)
def test_a_name_is_short_and_not_blank(name: str, *, is_good: bool) -> None:
    if is_good:
        assert check_name("device_name", name) == name
    else:
        with pytest.raises(InvalidParameter, match="device_name"):
            check_name("device_name", name)
