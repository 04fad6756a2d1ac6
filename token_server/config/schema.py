"""What a section's dataclass says about its fields: name, type, default, doc, checks."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from token_server.config.checks import Check
from token_server.config.secrets import DatabaseUrl, Secret


@dataclass(frozen=True)
class Entry:
    """One field of a section or seed."""

    name: str
    kind: Any  # the type without Annotated and without "or None"
    doc: str
    checks: tuple[Check, ...]
    default: Any
    required: bool

    @property
    def is_secret(self) -> bool:
        """Whether the value must not stand in the file, only in a file or variable that the file names."""
        return self.kind is Secret

    @property
    def file_keys(self) -> tuple[str, ...]:
        """How the field is spelt in the file."""
        return (f"{self.name}_file", f"{self.name}_env") if self.is_secret else (self.name,)

    @property
    def may_come_from_a_file(self) -> bool:
        """Whether `…_FILE` in the environment may name a file that holds the value."""
        return self.kind in (Secret, DatabaseUrl)


def entries_of(section: type) -> tuple[Entry, ...]:
    """The fields of a section or seed, in the order they are written."""
    hints = get_type_hints(section, include_extras=True)
    return tuple(_entry(field, hints[field.name]) for field in dataclasses.fields(section))


def _entry(field: dataclasses.Field[Any], hint: Any) -> Entry:  # noqa: ANN401 - a type is no instance of one class
    kind, doc, *checks = get_args(hint)
    if get_origin(kind) is UnionType:
        kind = next(each for each in get_args(kind) if each is not NoneType)
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    return Entry(field.name, kind, doc, tuple(checks), default_of(field), required)


def default_of(field: dataclasses.Field[Any]) -> Any:  # noqa: ANN401 - a default may be anything
    """The field's default, None if it has none."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None if field.default is dataclasses.MISSING else field.default


def choices_of(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - a type is no instance of one class
    """The words a field may hold, if it is one of a few; else nothing."""
    if get_origin(kind) is Literal:
        return tuple(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return tuple(each.value for each in kind)
    return ()


def inner_of(kind: Any) -> Any:  # noqa: ANN401 - a type is no instance of one class
    """What a list holds; any other type itself."""
    return get_args(kind)[0] if get_origin(kind) is tuple else kind


def seed_of(kind: Any) -> type | None:  # noqa: ANN401 - a type is no instance of one class
    """The dataclass that a list of tables holds; None for any other type."""
    inner = inner_of(kind)
    return inner if inner is not kind and isinstance(inner, type) and dataclasses.is_dataclass(inner) else None


def told_apart_by(seed: type) -> tuple[str, ...]:
    """The fields of which no two of a list may be the same: those that the seed names, else its first."""
    named: tuple[str, ...] = getattr(seed, "told_apart_by", ())
    return named or (dataclasses.fields(seed)[0].name,)
