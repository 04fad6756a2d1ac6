"""Everything that is in a database, so that a test can say that nothing happened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.schema import tables
from token_server.database.engine import Database

# An attempt is on record without having changed anything.
LEFT_OUT = {
    "audit_events": None,
    "audit_head": None,
    "audit_checkpoints": None,
    "rate_limits": None,
    "transactions": {"refused_claims"},
}


async def snapshot(database: Database) -> dict[str, list[str]]:
    """Every row of every table as text, without what keeps count of attempts."""
    rows: dict[str, list[str]] = {}
    for table in tables():
        left_out = LEFT_OUT.get(table, set())
        if left_out is not None:
            found = await database.read.all(f"SELECT * FROM {table}")  # noqa: S608 - the migrations' own names
            kept = ({name: row[name] for name in row.keys() if name not in left_out} for row in found)  # noqa: SIM118
            rows[table] = sorted(repr(sorted(row.items())) for row in kept)
    return rows


@asynccontextmanager
async def nothing_changes(database: Database) -> AsyncIterator[None]:
    """The database holds the same at the end."""
    before = await snapshot(database)
    assert before["transactions"]
    assert before["enrollments"]
    yield
    after = await snapshot(database)
    assert {table: set(after[table]) ^ set(before[table]) for table in before if after[table] != before[table]} == {}


async def every_letter_delivered(database: Database) -> bool:
    """Whether no callback is still on its way."""
    return not await database.read.all("SELECT transaction_id FROM callbacks WHERE delivered_at IS NULL")
