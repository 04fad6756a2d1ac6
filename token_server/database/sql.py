"""Reads just enough SQL to find `:name` parameters and the ends of statements, never inside quotes or comments."""

from __future__ import annotations

import re
from functools import lru_cache

# Whatever is matched before `name` or `end` is passed over whole: strings, quoted names, comments, casts. One that is
# never closed reaches to the end of the text, for the database to refuse.
_TOKEN = re.compile(
    r"""
      '(?:[^']|'')*(?:'|\Z)
    | "(?:[^"]|"")*(?:"|\Z)
    | --[^\n]*
    | /\*.*?(?:\*/|\Z)
    | ::
    | :(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)


@lru_cache(maxsize=2048)
def numbered(sql: str, taken: int = 0) -> tuple[str, tuple[str, ...]]:
    """The statement with `$1`, `$2`, … in place of `:name`, and the names in that order, each once.

    The numbers begin after those that are `taken`.
    """
    names: dict[str, int] = {}

    def number(token: re.Match[str]) -> str:
        name = token["name"]
        return token[0] if name is None else f"${names.setdefault(name, taken + len(names) + 1)}"

    return _TOKEN.sub(number, sql), tuple(names)


def statements(script: str) -> list[str]:
    """The script's statements, one by one, without their semicolons; comments stay with what follows them."""
    found: list[str] = []
    begin = 0
    for token in _TOKEN.finditer(script):
        if token["end"]:
            found.append(script[begin : token.start()].strip())
            begin = token.end()
    found.append(script[begin:].strip())
    return [statement for statement in found if _COMMENT.sub("", statement).strip()]
