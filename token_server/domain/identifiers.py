"""The shapes of identifiers that come from outside."""

from __future__ import annotations

import re

from token_server.domain.errors import InvalidParameter
from token_server.domain.messages import check_text

LONGEST_USER_ID = 255
LONGEST_NAME = 128
LONGEST_SHOWN = 120
CONFIGURED_NAME = r"[A-Za-z0-9][A-Za-z0-9._~-]{0,63}"
CONFIGURED_NAME_RULE = "1 to 64 of the characters A-Z a-z 0-9 . _ ~ -"
LANGUAGE_CODE = r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,3}"
PROFILE_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
PROFILE_ID_LENGTH = 6


def check_user_id(user_id: str) -> str:
    """Return the user id unchanged: opaque, but short and printable.

    Errors: InvalidParameter.
    """
    if not 0 < len(user_id) <= LONGEST_USER_ID:
        raise InvalidParameter("user_id", f"must have 1 to {LONGEST_USER_ID} characters")
    return check_text("user_id", user_id)


def check_name(parameter: str, name: str) -> str:
    """Return a name that people will read unchanged.

    Errors: InvalidParameter.
    """
    if not 0 < len(name.strip()) <= len(name) <= LONGEST_NAME:
        raise InvalidParameter(parameter, f"must have 1 to {LONGEST_NAME} characters")
    return check_text(parameter, name)


def check_configured_name(parameter: str, name: str) -> str:
    """Return the name of something configured unchanged: it stands in URLs, forms and files.

    Errors: InvalidParameter.
    """
    if not re.fullmatch(CONFIGURED_NAME, name):
        raise InvalidParameter(parameter, f"must be {CONFIGURED_NAME_RULE}, not {name!r}")
    return name


def check_range(parameter: str, number: int, lowest: int, highest: int) -> int:
    """Return the number unchanged.

    Errors: InvalidParameter.
    """
    if not lowest <= number <= highest:
        raise InvalidParameter(parameter, f"must be from {lowest} to {highest}, not {number}")
    return number


def check_shown(parameter: str, text: str, longest: int = LONGEST_SHOWN) -> str:
    """Return what an admin wrote for phones and people to read unchanged: not empty, not long, nothing invisible in it.

    Errors: InvalidParameter.
    """
    if not text.strip() or len(text) > longest:
        raise InvalidParameter(parameter, f"must have 1 to {longest} characters")
    return check_text(parameter, text)


def check_language_code(parameter: str, code: str) -> str:
    """Return the language code unchanged.

    Errors: InvalidParameter.
    """
    if not re.fullmatch(LANGUAGE_CODE, code):
        raise InvalidParameter(parameter, "is not a language code like en or pt-BR")
    return code
