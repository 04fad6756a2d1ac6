"""A trail for every test."""

from __future__ import annotations

import pytest

from tests.audit.trails import Trail
from tests.support.clock import FrozenClock
from token_server.crypto.checkpoint_keys import CheckpointKey
from token_server.database.engine import Database


@pytest.fixture
async def trail(database: Database) -> Trail:
    """An empty trail on this test's engine."""
    return Trail(database, FrozenClock(), CheckpointKey.generate())
