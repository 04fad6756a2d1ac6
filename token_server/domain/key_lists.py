"""The server's keys as operators see them: never the secret halves.

Units: times in milliseconds since 1970 UTC; None means "not (yet)".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class ListedServerKey(NamedTuple):
    """An OpenPGP key that enrolments share, and how many live ones speak to it."""

    fingerprint: str
    created_at: int
    retired_at: int | None
    enrollments: int


class ListedSigningKey(NamedTuple):
    """A key that signs, or signed, access tokens."""

    key_id: str
    created_at: int
    retired_at: int | None


@dataclass(frozen=True)
class KeyList:
    """Every key; `unique` counts OpenPGP keys that were made for one enrolment each and are in use."""

    openpgp: Sequence[ListedServerKey]
    unique: int
    signing: Sequence[ListedSigningKey]
