"""Two admins changed one thing: what is stored now, beside what the second one typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from token_server.admin.console.forms import Form
from token_server.admin.console.pages import UNPROCESSABLE
from token_server.domain.errors import InvalidParameter
from token_server.domain.facts import differing, facts_of

CONFLICT = 409
WORDS = {True: "on", False: "off", None: "none"}


@dataclass(frozen=True)
class Difference:
    """One field that is not stored as it was typed."""

    label: str
    stored: str
    typed: str


@dataclass(frozen=True)
class Showing:
    """How a form is shown: from which revision it is made, the HTTP status, and after a conflict both versions."""

    revision: int | None = None
    status: int = 200
    both: Sequence[Difference] | None = None

    @classmethod
    def refused(cls, form: Form) -> Self:
        """Show it with its problems; it is still made from what it was made from."""
        return cls(sent_revision(form) or None, UNPROCESSABLE)

    @classmethod
    def conflicted(cls, revision: int, both: Sequence[Difference]) -> Self:
        """Show it beside what is stored by now; sent again, it replaces that."""
        return cls(revision, CONFLICT, both)


def differences(labels: Mapping[str, str], stored: Any, typed: Any) -> list[Difference]:  # noqa: ANN401 - any dataclass
    """Return the fields in which two versions of a configured thing differ, as people read them."""
    old, new = differing(facts_of(stored), facts_of(typed))
    return [Difference(labels.get(name, name), _readable(old[name]), _readable(new[name])) for name in old]


def sent_revision(form: Form) -> int:
    """Return the revision that a form was made from; 0, which nothing has, when it does not say."""
    try:
        return form.number("revision")
    except InvalidParameter:
        return 0


def _readable(value: Any) -> str:  # noqa: ANN401 - whatever a fact can be
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_readable(each)}" for key, each in value.items()) or "none"
    if isinstance(value, list):
        return "\n".join(_in_a_line(each) for each in value) or "none"
    return WORDS[value] if isinstance(value, bool) or value is None else str(value)


def _in_a_line(value: Any) -> str:  # noqa: ANN401 - whatever a fact can be
    if isinstance(value, Mapping):
        return ", ".join(_readable(each) for each in value.values())
    return _readable(value)
