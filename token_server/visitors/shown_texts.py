"""Words that come from a visitor's browser or from a database, made fit to be read beside ours."""

from __future__ import annotations

from token_server.domain.errors import InvalidParameter
from token_server.domain.messages import check_text

LONGEST = 64


def shown(text: object) -> str | None:
    """Return the text if it may be shown, cut to a length that leaves room for the rest; else None."""
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return check_text("text", text.strip())[:LONGEST].strip()
    except InvalidParameter:
        return None
