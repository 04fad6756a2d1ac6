"""Looking for entries of the audit trail.

An entry's id begins with its time, so ids are in the order of time, and one index serves paging and times alike.
"""

from __future__ import annotations

from token_server.database.engine import Reader, Value
from token_server.domain.audit_chain import AuditEntry
from token_server.domain.audit_queries import AuditQuery, FoundEntry

_COLUMNS = ", ".join(AuditEntry._fields)
_FIND = f"SELECT {_COLUMNS}, sequence, entry_hash FROM audit_events"
_CONDITIONS = {
    "since": "event_id >= :since",
    "until": "event_id < :until",
    "user_id": "user_id = :user_id",
    "transaction_id": "transaction_id = :transaction_id",
    "event": "event = :event",
    "actor": "actor = :actor",
}
_AFTER = {True: "event_id < :cursor", False: "event_id > :cursor"}
_ORDER = {True: "ORDER BY event_id DESC LIMIT :most", False: "ORDER BY event_id LIMIT :most"}


async def find_page(
    reader: Reader, query: AuditQuery, *, cursor: str | None, newest_first: bool, most: int
) -> list[FoundEntry]:
    """Return up to `most` entries that fit, those behind the entry `cursor`."""
    sought = {
        **vars(query),
        "since": None if query.since is None else f"{query.since:012x}",
        "until": None if query.until is None else f"{query.until:012x}",
    }
    facts: dict[str, Value] = {name: value for name, value in sought.items() if value is not None}
    conditions = [_CONDITIONS[name] for name in facts]
    if cursor is not None:
        conditions.append(_AFTER[newest_first])
        facts["cursor"] = cursor
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = await reader.all(f"{_FIND} {where} {_ORDER[newest_first]}", **facts, most=most)
    return [
        FoundEntry(AuditEntry(*[row[name] for name in AuditEntry._fields]), row["sequence"], row["entry_hash"])
        for row in rows
    ]
