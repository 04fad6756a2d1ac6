"""The text a user reads before saying yes: short, and nothing but text."""

from __future__ import annotations

import unicodedata

from token_server.domain.errors import InvalidParameter, MessageTooLong

# Bidirectional controls can make "pay 10 to Bob" read as something else (Unicode UAX #9, "Trojan Source").
BIDIRECTIONAL_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LINE_BREAKS = frozenset("\n\r\t")


def check_text(name: str, text: str, *, line_breaks: bool = False) -> str:
    """Return the text unchanged if it is safe to show.

    Errors: InvalidParameter when it holds control characters, bidirectional overrides or unpaired surrogates.
    """
    for character in text:
        if line_breaks and character in LINE_BREAKS:
            continue
        if character in BIDIRECTIONAL_CONTROLS or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            raise InvalidParameter(name, f"contains the character U+{ord(character):04X}, which cannot be shown safely")
    return text


def check_message(message: str, max_length: int) -> str:
    """Return the message to the user unchanged if it may be shown.

    Units: the length in Unicode characters.
    Errors: MessageTooLong, InvalidParameter.
    """
    if len(message) > max_length:
        problem = f"Failed to initiate authentication, message content too long (at most {max_length} characters)"
        raise MessageTooLong(problem)
    return check_text("message", message, line_breaks=True)
