"""What a form sent, and what is wrong with it, to be shown beside its fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from token_server.domain.errors import InvalidParameter, TokenServerError

W = TypeVar("W", bound=StrEnum)


@dataclass
class Form:
    """A form's fields as they came, and the problems by field; templates show both."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return a field's text; empty when it was not sent."""
        return next(iter(self.fields.get(name, ())), default)

    def texts(self, name: str) -> list[str]:
        """Return every value of a field that may come several times, like a group of check boxes."""
        return list(self.fields.get(name, ()))

    def flag(self, name: str) -> bool:
        """Whether a check box was ticked."""
        return name in self.fields

    def number(self, name: str) -> int:
        """Return a whole number.

        Errors: InvalidParameter.
        """
        text = self.text(name).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 16):  # noqa: PLR2004 - fits into 64 bits
            raise InvalidParameter(name, "must be a whole number")
        return int(text)

    def word(self, name: str, words: type[W]) -> W:
        """Return one of these words.

        Errors: InvalidParameter.
        """
        try:
            return words(self.text(name))
        except ValueError:
            raise InvalidParameter(name, f"must be one of {', '.join(words)}") from None

    def note(self, error: TokenServerError, name: str = "") -> Form:
        """Note the problem at the field that the error names, else at `name`, and return this form."""
        if isinstance(error, InvalidParameter):
            self.problems[error.name] = f"This {error.problem}."
        else:
            self.problems[name] = f"{error}."
        return self
