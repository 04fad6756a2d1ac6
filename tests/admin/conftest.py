"""The admin's desk for every test of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.desk import Desk, open_desk
from tests.support.server import World
from token_server.crypto.passwords import Passwords


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    """The desk of a running server, on this test's engine."""
    passwords = Passwords()
    opened = open_desk(world, passwords)
    yield opened
    for session in opened.opened:
        await session.close()
    passwords.close()
