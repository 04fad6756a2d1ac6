"""Something configured, with what two admins need who change it at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Revised(Generic[T]):
    """A configured thing as it stands: a change names the `revision` that was read, and is refused for any other.

    Units: times in milliseconds since 1970 UTC; `disabled_at` None means that it is in use.
    """

    value: T
    revision: int
    disabled_at: int | None
    updated_at: int
