"""What of the audit trail names one user, and taking the names out of it."""

from __future__ import annotations

from token_server.database.engine import Reader

_PLACES = "SELECT sequence, entry_hash FROM audit_events WHERE actor = :actor AND sequence IS NOT NULL ORDER BY sequence"


async def list_places(reader: Reader, actor: str) -> list[tuple[int, str]]:
    """Return sequence and hash of every chained entry of an actor."""
    return [(row["sequence"], row["entry_hash"]) for row in await reader.all(_PLACES, actor=actor)]
