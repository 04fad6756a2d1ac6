"""Forged phones in a world whose transactions live long enough for a thousand attempts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

import pytest

from tests.fuzz.forged_phone import ForgedPhone
from tests.journeys.phones import wire_phone_of
from tests.support.pgp_forgery import ForgedKey
from tests.support.server import World
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.stores import authentication_types

__all__ = ["wire_phone_of"]
ForgedPhoneOf = Callable[..., Awaitable[ForgedPhone]]


@pytest.fixture
async def forged_phone_of() -> AsyncIterator[ForgedPhoneOf]:
    """Makes forged phones in a world, enrolled unless told otherwise."""
    async with AsyncExitStack() as closing:

        async def make(world: World, user_id: str = "alice", *, key: ForgedKey | None = None) -> ForgedPhone:
            phone = await closing.enter_async_context(ForgedPhone(world.url, key))
            await phone.register(await world.registration_code(user_id))
            assert (await phone.enroll()).status == 201
            return phone

        yield make


async def plant_patience(world: World) -> None:
    """Add the type `patient`, which waits for ten minutes."""
    kind = AuthenticationType("patient", Method.OTP, 600, {})
    await world.base.database.write(partial(authentication_types.insert, each=kind, now=world.clock.now_ms()))
    world.base.configuration.forget()
