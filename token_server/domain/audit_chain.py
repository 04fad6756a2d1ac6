"""The audit trail as a chain: each entry's hash covers the entry and the hash before it.

    entry_hash = SHA-256( JCS { sequence, previous, event_id, occurred_at, event, transaction_id, detail, commitment } )
    commitment = SHA-256( JCS { salt, actor, user_id, device_id, personal } )

JCS is the canonical JSON of RFC 8785. Who did it and to whom stands outside the chain, committed to under a salt of
its own. Erasing a person takes away names and salt and leaves the commitment; the chain holds, and nobody can find the
names again by guessing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any, NamedTuple, NoReturn

GENESIS = "0" * 64  # what the first entry follows
_JCS = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class AuditEntry(NamedTuple):
    """One entry as it was written.

    Shapes: `detail` and `personal` are texts of JSON objects; what is personal can be erased. Units: `occurred_at` in
    ms since 1970 UTC.
    """

    event_id: str
    occurred_at: int
    event: str
    actor: str
    transaction_id: str | None
    user_id: str | None
    device_id: str | None
    detail: str
    personal: str | None = None


class Link(NamedTuple):
    """What makes an entry part of the chain: a salt, or, once the people in it are erased, what committed to them."""

    sequence: int
    salt: str | None
    entry_hash: str
    commitment: str | None = None


class Head(NamedTuple):
    """How far the chain goes."""

    sequence: int
    entry_hash: str


START = Head(0, GENESIS)


class Checkpoint(NamedTuple):
    """How far the chain went, signed. Units: `signed_at` in ms since 1970 UTC."""

    sequence: int
    entry_hash: str
    signed_at: int
    signature: str

    @property
    def head(self) -> Head:
        """What was signed for."""
        return Head(self.sequence, self.entry_hash)

    @property
    def text(self) -> bytes:
        """The octets that the signature covers."""
        return checkpoint_text(self.head, self.signed_at)


def chain(entry: AuditEntry, head: Head, salt: str) -> Link:
    """Return what puts the entry after `head`; `salt` is random and used once."""
    return Link(head.sequence + 1, salt, hash_entry(entry, head, commit(entry, salt)))


def commit(entry: AuditEntry, salt: str) -> str:
    """Return the commitment to the people in an entry."""
    people = (
        f'{{"actor":{encode_basestring(entry.actor)},"device_id":{_text(entry.device_id)},'
        f'"personal":{_text(entry.personal)},"salt":{encode_basestring(salt)},"user_id":{_text(entry.user_id)}}}'
    )
    return _digest(people)


def hash_entry(entry: AuditEntry, before: Head, commitment: str) -> str:
    """Return the hash of an entry that follows `before`.

    Written out, as a login has four entries. `detail` goes in as it is: `is_as_written` says whether it may.
    """
    return _digest(
        f'{{"commitment":{encode_basestring(commitment)},"detail":{entry.detail},"event":{encode_basestring(entry.event)},'
        f'"event_id":{encode_basestring(entry.event_id)},"occurred_at":{entry.occurred_at},'
        f'"previous":{encode_basestring(before.entry_hash)},'
        f'"sequence":{before.sequence + 1},"transaction_id":{_text(entry.transaction_id)}}}'
    )


def is_as_written(entry: AuditEntry) -> bool:
    """Tell whether this server could have written the entry: canonical detail, and an id that begins with the time.

    Both matter to whoever reads the trail: a detail in another form could pass for other members of the entry, and an
    entry is found by time through its id.
    """
    try:
        detail = _STRICT.decode(entry.detail)
        return (
            isinstance(detail, dict)
            and canonical(detail).decode() == entry.detail
            and entry.event_id.startswith(f"{entry.occurred_at:012x}")
        )
    except (ValueError, RecursionError):
        return False


def checkpoint_text(head: Head, signed_at: int) -> bytes:
    """Return the octets that a checkpoint's signature covers. Units: `signed_at` in ms since 1970 UTC."""
    return canonical(
        {
            "purpose": "audit checkpoint",  # the same key signs other things
            "sequence": head.sequence,
            "entry_hash": head.entry_hash,
            "signed_at": signed_at,
        }
    )


def canonical(members: Mapping[str, Any]) -> bytes:
    """Return canonical JSON (RFC 8785) of what this server writes: names in ASCII, no fractions."""
    return _JCS.encode(members).encode()


def _text(value: str | None) -> str:
    return "null" if value is None else encode_basestring(value)


def _digest(text: str) -> str:
    # A lone surrogate, which no engine stores, must be a wrong hash and not an error.
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"an audit entry holds no number like {number}")


_STRICT = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
