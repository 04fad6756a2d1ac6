"""What bodies and answers about configured things have in common."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from token_server.admin.api.operators import StrictSchema
from token_server.domain.facts import facts_of
from token_server.domain.revised import Revised


class PatchSchema(StrictSchema):
    """A body that changes something: one or several of its fields, or `disabled` alone."""

    disabled = fields.Boolean(truthy={True}, falsy={False})

    @validates_schema
    def something(self, members: dict[str, Any], **_: Any) -> None:
        """Refuse an empty body, and `disabled` beside other members: they are two changes, each with a revision."""
        if not members or ("disabled" in members and len(members) > 1):
            raise ValidationError("has to have `disabled` alone, or one or more of the other members", "body")


class NameSchema(StrictSchema):
    """The body that calls something otherwise."""

    name = fields.String(required=True)


def described(found: Revised[Any]) -> dict[str, Any]:
    """Return what is told of a configured thing: its facts, whether it is in use, its revision."""
    return {
        **facts_of(found.value),
        "disabled_at": found.disabled_at,
        "revision": found.revision,
        "updated_at": found.updated_at,
    }
