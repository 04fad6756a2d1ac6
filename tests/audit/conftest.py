"""A trail for every test."""

from __future__ import annotations

import pytest

from tests.audit.trails import Trail
from tests.journeys.phones import phone_of, wire_phone_of
from tests.support.clock import FrozenClock
from token_server.crypto.checkpoint_keys import CheckpointKey
from token_server.database.engine import Database

__all__ = ["phone_of", "trail", "wire_phone_of"]


@pytest.fixture
async def trail(database: Database) -> Trail:
    """An empty trail on this test's engine."""
    return Trail(database, FrozenClock(), CheckpointKey.generate())
