"""The admin's desk for every test of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.desk import Desk, open_desk
from tests.support.server import CHEAP, OpenWorld, World
from token_server.config.sections import LimitsSection
from token_server.crypto.passwords import Passwords


@asynccontextmanager
async def at_the_desk(world: World) -> AsyncIterator[Desk]:
    """The desk of a running server; its browsers are closed at the end."""
    passwords = Passwords(CHEAP.password_cost)
    opened = open_desk(world, passwords)
    yield opened
    for session in opened.opened:
        await session.close()
    passwords.close()


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """A running server with a desk, on this test's engine."""
    return await open_world(has_desk=True)


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    """The desk of a running server, on this test's engine."""
    async with at_the_desk(world) as opened:
        yield opened


@pytest.fixture
async def hurried_desk(open_world: OpenWorld) -> AsyncIterator[Desk]:
    """A desk with the limits that a server has if nobody configures others."""
    async with at_the_desk(await open_world(limits=LimitsSection(), has_desk=True)) as opened:
        yield opened
