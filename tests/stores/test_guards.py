"""The guards of a login cost the same however many devices there are, whatever a database knows of its tables."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.stores.planting import TRANSACTION, ending, enrollment, take
from token_server.database.engine import Database, Move, Row, Statement
from token_server.domain.transactions import State
from token_server.stores import transactions


class Notebook:
    """Writes moves down and carries none of them out."""

    def __init__(self) -> None:
        self.changes: list[Statement] = []

    async def move(self, move: Move) -> list[Row]:
        """Write down the change."""
        self.changes.append(move.change)
        return []


async def moves_of_a_login(ip_address: str | None) -> list[Statement]:
    notebook = Notebook()
    database = cast("Database", notebook)
    transaction = TRANSACTION._replace(ip_address=ip_address)
    await take(database, transaction, enrollment(), b"document")
    how, announcement = ending(State.ACCEPTED), ("ended", "t1")
    await transactions.end(database, how, then=(), announcement=announcement, unless_reported=ip_address is not None)
    return notebook.changes


async def plan(database: Database, change: Statement) -> list[str]:
    explain = "EXPLAIN QUERY PLAN" if database.engine == "sqlite" else "EXPLAIN"
    params: dict[str, Any] = dict(change.params)
    rows = await database.read.all(f"{explain} {change.sql}", **params)
    return [str(row["detail" if database.engine == "sqlite" else "QUERY PLAN"]) for row in rows]


@pytest.mark.parametrize("ip_address", [None, "192.0.2.1"])
async def test_each_table_is_asked_by_itself_and_by_its_key(database: Database, ip_address: str | None) -> None:
    for change in await moves_of_a_login(ip_address):
        steps = await plan(database, change)
        lookups = [step for step in steps if "SEARCH" in step or " Scan " in step]
        assert len(lookups) >= 5, steps  # the transaction, the enrolment, the profile, the device, the grant
        assert not [step for step in steps if "SCAN" in step], steps
        # No table is the way to another one; reports are looked up for the one transaction.
        joins = [step for step in steps if "Nested Loop" in step or "Join" in step]
        assert all("Anti Join" in step for step in joins), steps
