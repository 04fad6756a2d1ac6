"""What stands between the configuration as it is and as a file wants it: told before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Step(StrEnum):
    """What becomes of one thing."""

    ADD = "add"
    CHANGE = "change"
    DISABLE = "disable"
    REMOVE = "remove"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the file wants it; of a change `before` and `after` hold what differs, field by field.

    `name` is empty where a section holds one thing only. `secrets` are the names of those that get another value.
    """

    step: Step
    section: str
    name: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    secrets: Sequence[str] = ()


@dataclass(frozen=True)
class Plan:
    """Everything that a file would change, and the revision of the configuration that it was compared with."""

    differences: Sequence[Difference]
    revision: int
