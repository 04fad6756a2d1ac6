"""A table to play with."""

from __future__ import annotations

import pytest

from tests.support.notes import make_table
from token_server.database.engine import Database


@pytest.fixture
async def notes(database: Database) -> Database:
    """The database, with an empty table `notes`."""
    await database.write(make_table)
    return database
