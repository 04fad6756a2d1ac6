"""What the audit trail says when people were erased from it: which entries lost their names, signed.

An erased entry has no salt, names nobody, and its actor is `erased:<id of the erasure>`. Beside it stands one entry
`user_erased`, written in the same unit of work. Its detail counts the entries and holds a hash of their places, signed
by the key that signs checkpoints: who only has the database cannot take names away and leave a record that fits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple

from token_server.domain.audit_chain import AuditEntry, canonical

USER_ERASED = "user_erased"
_ACTOR = "erased:"


class Erasure(NamedTuple):
    """A signed record of one batch of entries that lost their people; `places` is a hash over their places."""

    erasure: str
    entries: int
    places: str
    signature: str = ""

    @property
    def text(self) -> bytes:
        """The octets that the signature covers."""
        return canonical(
            {"purpose": "audit erasure", "erasure": self.erasure, "entries": self.entries, "places": self.places}
        )


class Places:
    """The places of erased entries, gathered one by one in the order of the chain."""

    def __init__(self, places: Iterable[tuple[int, str]] = ()) -> None:
        """Begin with those sequences and entry hashes."""
        self.count = 0
        self.first = 0
        self._hash = hashlib.sha256()
        for sequence, entry_hash in places:
            self.add(sequence, entry_hash)

    def add(self, sequence: int, entry_hash: str) -> None:
        """Take in the next one."""
        self.first = self.first or sequence
        self.count += 1
        self._hash.update(f"{sequence}:{entry_hash}\n".encode())

    def record(self, erasure: str) -> Erasure:
        """Return the record of these places, not signed yet."""
        return Erasure(erasure, self.count, self._hash.hexdigest())


def actor_of(erasure: str) -> str:
    """Return the actor of entries that were erased by it."""
    return f"{_ACTOR}{erasure}"


def erasure_of(entry: AuditEntry) -> str | None:
    """Return by which erasure an entry lost its people; None when it names somebody."""
    if entry.actor.startswith(_ACTOR) and (entry.user_id, entry.device_id, entry.personal) == (None, None, None):
        return entry.actor.removeprefix(_ACTOR)
    return None


def read_erasure(entry: AuditEntry) -> Erasure | None:
    """Return the record in an entry `user_erased`; None when it holds none that could be checked."""
    try:
        detail = json.loads(entry.detail)
        record = Erasure(*[detail[name] for name in Erasure._fields])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    kinds = [type(value) for value in record]
    return record if kinds == [str, int, str, str] else None
