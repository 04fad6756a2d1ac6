"""One value, from what TOML or an environment variable holds to the type its field has."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, get_args, get_origin

from token_server.config.problems import did_you_mean
from token_server.config.schema import choices_of
from token_server.config.secrets import DatabaseUrl, Secret

_SWITCHES = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Unusable(Exception):
    """The value is of the wrong kind; carries the sentence's end and the remedy."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        """Complete the sentence "<setting> …"."""
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def from_file(kind: Any, value: object) -> Any:  # noqa: ANN401 - the result has the type that `kind` names
    """The value of a TOML key, as its field's type.

    Errors: Unusable.
    """
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise Unusable(f"must be a list, not {value!r}", "Write it in square brackets")
        return tuple(from_file(get_args(kind)[0], each) for each in value)
    if get_origin(kind) is Mapping:
        return _messages(value)
    if kind in (int, bool):
        if type(value) is not kind:
            raise Unusable(f"must be {_SAID[kind]}, not {value!r}", "Write it without quotes")
        return value
    if not isinstance(value, str):
        raise Unusable(f"must be text, not {value!r}", "Write it in quotes")
    return from_text(kind, value)


def from_text(kind: Any, text: str) -> Any:  # noqa: ANN401 - the result has the type that `kind` names
    """The value of an environment variable, as its field's type; lists are separated by commas.

    Errors: Unusable.
    """
    if get_origin(kind) is tuple:
        return tuple(from_text(get_args(kind)[0], part.strip()) for part in text.split(",") if part.strip())
    if kind is bool:
        if text.lower() not in _SWITCHES:
            raise Unusable(f"must be true or false, not {text!r}")
        return _SWITCHES[text.lower()]
    if kind is int:
        if not text.removeprefix("-").isdecimal() or not text.isascii():
            raise Unusable(f"must be a whole number, not {text!r}")
        return int(text)
    if choices := choices_of(kind):
        if text not in choices:
            raise Unusable(f"cannot be {text!r}", did_you_mean(text, choices))
        return kind(text) if isinstance(kind, type) and issubclass(kind, StrEnum) else text
    return kind(text) if kind in (Secret, DatabaseUrl) else text


_SAID = {int: "a whole number", bool: "true or false"}


def _messages(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise Unusable("must be a table of texts", 'Write it like { en = "Log in?" }')
    return MappingProxyType(value)
