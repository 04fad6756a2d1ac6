"""What tests of the widget may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.widget.stage import Stage, running_stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A portal's page and the server whose widget it loads."""
    async with running_stage() as opened:
        yield opened
