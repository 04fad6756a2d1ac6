"""Schemas at the doors: marshmallow reads strangers' members, and its complaints become one of our errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from token_server.domain.errors import InvalidParameter


class LenientSchema(Schema):
    """A schema that ignores members it does not know (RFC 6749 section 3.1 asks for that)."""

    class Meta:
        """How unknown members are treated."""

        unknown = EXCLUDE


def load(schema: Schema, members: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what a schema makes is its own
    """Return what the schema makes of the members.

    Errors: InvalidParameter that names the first member that is wrong.
    """
    try:
        return schema.load(members)
    except ValidationError as error:
        name, problems = _first_problem(error)
        raise InvalidParameter(str(name), f"is refused: {_first_sentence(problems)}") from error


def _first_problem(error: ValidationError) -> tuple[str, Any]:
    messages: Mapping[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
    return next(iter(messages.items()))


def _first_sentence(problems: Any) -> str:  # noqa: ANN401 - marshmallow nests lists, mappings and texts
    while not isinstance(problems, str):
        problems = next(iter(problems.values() if isinstance(problems, Mapping) else problems))
    return problems
