"""Texts in several languages in one form: rows of a language code and a text, empty ones for more."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest

from token_server.admin.console.forms import Form
from token_server.domain.errors import InvalidParameter

SPARE_ROWS = 2


def read_languages(form: Form, name: str) -> dict[str, str]:
    """Return the texts by language code; a row without text is left out.

    Errors: InvalidParameter.
    """
    texts: dict[str, str] = {}
    for code, text in _rows(form, name):
        if not text.strip():  # how a text is taken away
            continue
        if not code:
            raise InvalidParameter(f"{name}.", "needs a language code beside every text")
        if code in texts:
            raise InvalidParameter(f"{name}.{code}", "has the same language twice")
        texts[code] = text
    return texts


def language_rows(form: Form, name: str, stored: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the rows to show: what was typed if a form was sent, else what is stored, and some to fill in."""
    rows = [row for row in _rows(form, name) if any(row)] if form.fields else sorted(stored.items())
    return [*rows, *[("", "")] * SPARE_ROWS]


def _rows(form: Form, name: str) -> list[tuple[str, str]]:
    codes, texts = form.texts(f"{name}_language"), form.texts(f"{name}_text")
    # Browsers end lines by CR LF whatever was there before: a text must not change because it was looked at.
    return [(code.strip(), text.replace("\r\n", "\n")) for code, text in zip_longest(codes, texts, fillvalue="")]
