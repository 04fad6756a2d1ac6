"""The shapes of identifiers that come from outside."""

from __future__ import annotations

from token_server.domain.errors import InvalidParameter
from token_server.domain.messages import check_text

LONGEST_USER_ID = 255
LONGEST_NAME = 128
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
