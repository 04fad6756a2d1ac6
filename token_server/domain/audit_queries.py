"""What somebody looks for in the audit trail, and what they find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from token_server.domain.audit_chain import AuditEntry


@dataclass(frozen=True)
class AuditQuery:
    """Entries are found that fit everything that is given. Units: ms since 1970 UTC; `since` is included."""

    since: int | None = None
    until: int | None = None
    user_id: str | None = None
    transaction_id: str | None = None
    event: str | None = None
    actor: str | None = None


class FoundEntry(NamedTuple):
    """An entry, its place in the chain and its hash; both None for the seconds before it is chained."""

    entry: AuditEntry
    sequence: int | None
    entry_hash: str | None


@dataclass(frozen=True)
class AuditPage:
    """Some of the entries, and where the next page begins; None at the end."""

    entries: list[FoundEntry]
    cursor: str | None
