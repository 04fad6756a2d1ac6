"""Configured things as plain facts: what the audit trail, the configuration file and a plan tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any


def facts_of(thing: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass of the domain
    """Return the fields of a configured thing by name, as text, numbers, lists and tables."""
    return {each.name: plain(getattr(thing, each.name)) for each in fields(thing)}


def unusual_facts_of(thing: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass of the domain
    """Return the facts but those that are the default: a version that knows more fields tells the same of the same."""
    usual = {each.name: each.default for each in fields(thing)}
    return {name: plain(value) for name, value in vars(thing).items() if value != usual[name]}


def plain(value: Any) -> Any:  # noqa: ANN401 - a field may hold anything
    """Return the value as text, number, list or table; sets are told in order, so that equal ones look equal."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(plain(each) for each in value)
    if isinstance(value, Mapping):
        return {key: plain(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if is_dataclass(value):
        return facts_of(value)
    return value


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the facts that are not the same, as they are before and after."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
