"""A house for every test of the flows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flows.house import House, a_house


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """The flows under a clock that stands still, on this test's engine."""
    async with a_house(database_url, tmp_path) as made:
        yield made
