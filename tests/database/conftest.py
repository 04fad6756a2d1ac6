"""A table to play with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.notes import drop_table, make_table
from token_server.database.engine import Database


@pytest.fixture
async def notes(database: Database) -> AsyncIterator[Database]:
    """The database, with an empty table `notes`."""
    await database.write(make_table)
    yield database
    await database.write(drop_table)
