"""Parameters of a query, read strictly: what cannot be stored, is no number or no word of ours, is refused."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from token_server.domain.errors import InvalidParameter
from token_server.web.bodies import check_transportable

W = TypeVar("W", bound=StrEnum)
LONGEST_TEXT = 512
MOST_DIGITS = 15


def asked_text(request: web.Request, name: str) -> str | None:
    """Return a text; None when it was not asked for, or left empty as browsers send forms.

    Errors: InvalidParameter.
    """
    text = request.query.get(name, "").strip()
    if len(text) > LONGEST_TEXT:
        raise InvalidParameter(name, f"must have at most {LONGEST_TEXT} characters")
    return check_transportable(name, text) or None


def asked_number(request: web.Request, name: str) -> int | None:
    """Return a whole number; None when it was not asked for.

    Errors: InvalidParameter.
    """
    text = request.query.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise InvalidParameter(name, "must be a whole number")
    return int(text)


def asked_word(request: web.Request, name: str, words: type[W], usual: W) -> W:
    """Return one of the words; the usual one when it was not asked for.

    Errors: InvalidParameter.
    """
    try:
        return words(request.query.get(name) or usual)
    except ValueError:
        raise InvalidParameter(name, f"must be one of {', '.join(words)}") from None
