"""Texts of strangers on an operator's screen: a terminal obeys what is hidden in them."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return the text with a dot for everything that is no character to be seen."""
    return "".join(each if each.isprintable() else "·" for each in text)
