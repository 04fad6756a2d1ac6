"""The audit trail as a chain: each entry's hash covers the entry and the hash before it.

    entry_hash = SHA-256( JCS { sequence, previous, event_id, occurred_at, event, transaction_id, detail, commitment } )
    commitment = SHA-256( JCS { salt, actor, user_id, device_id } )

JCS is the canonical JSON of RFC 8785. Who did it and to whom stands outside the chain, committed to under a salt of
its own. Erasing a person takes away names and salt; the chain holds, and nobody can find the names again by guessing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

GENESIS = "0" * 64  # what the first entry follows
ERASED = "erased"  # the actor of an entry whose people were erased
USER_ERASED = "user_erased"  # the event that says so; its detail counts the `entries`
_JCS = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class AuditEntry(NamedTuple):
    """One entry as it was written; `detail` is the text of a JSON object. Units: `occurred_at` in ms since 1970 UTC."""

    event_id: str
    occurred_at: int
    event: str
    actor: str
    transaction_id: str | None
    user_id: str | None
    device_id: str | None
    detail: str


class Link(NamedTuple):
    """What makes an entry part of the chain; `salt` is None when the people in it were erased."""

    sequence: int
    salt: str | None
    commitment: str
    entry_hash: str


class Head(NamedTuple):
    """How far the chain goes."""

    sequence: int
    entry_hash: str


START = Head(0, GENESIS)


def chain(entry: AuditEntry, head: Head, salt: str) -> Link:
    """Return what puts the entry after `head`; `salt` is random and used once."""
    sequence = head.sequence + 1
    commitment = commit(entry, salt)
    return Link(sequence, salt, commitment, hash_entry(entry, Head(sequence - 1, head.entry_hash), commitment))


def commit(entry: AuditEntry, salt: str) -> str:
    """Return the commitment to the people in an entry."""
    people = {"salt": salt, "actor": entry.actor, "user_id": entry.user_id, "device_id": entry.device_id}
    return _digest(people)


def hash_entry(entry: AuditEntry, before: Head, commitment: str) -> str:
    """Return the hash of an entry that follows `before`.

    Errors: ValueError when the entry's detail is not what this server writes.
    """
    return _digest(
        {
            "sequence": before.sequence + 1,
            "previous": before.entry_hash,
            "event_id": entry.event_id,
            "occurred_at": entry.occurred_at,
            "event": entry.event,
            "transaction_id": entry.transaction_id,
            "detail": json.loads(entry.detail, parse_float=_refuse, parse_constant=_refuse),
            "commitment": commitment,
        }
    )


def checkpoint_text(head: Head, signed_at: int) -> bytes:
    """Return the octets that a checkpoint's signature covers. Units: `signed_at` in ms since 1970 UTC."""
    return canonical({"sequence": head.sequence, "entry_hash": head.entry_hash, "signed_at": signed_at})


def canonical(members: Mapping[str, Any]) -> bytes:
    """Return canonical JSON (RFC 8785) of what this server writes: names in ASCII, no fractions."""
    return _JCS.encode(members).encode()


def _digest(members: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(members)).hexdigest()


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"an audit entry holds no number like {number}")
