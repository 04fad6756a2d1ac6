"""The bank in which the walks take place; one engine is enough, for no page can tell which there is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.server import OpenWorld, World
from tests.walk.bank import Bank, open_bank
from tests.walk.logins import by_default


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """A running server with a desk."""
    return await open_world(has_desk=True)


@pytest.fixture
async def bank(world: World) -> AsyncIterator[Bank]:
    """A bank where a login of every ending has happened, with people at its desk."""
    async with open_bank(world) as opened:
        await opened.live(by_default())
        await opened.staff()
        yield opened
