"""Phones for journeys: the stub SDK as an app uses it, and a wire phone that says exactly what it is told.

`phone_of(world)` gives an enrolled stub phone, `wire_phone_of(world)` an enrolled wire phone; the fixtures switch every
phone off at the end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from sdk_stub.errors import Code, SdkError
from sdk_stub.sdk import OneWelcomeSdk
from tests.journeys.wire_phone import WirePhone
from tests.support.server import World

PhoneOf = Callable[..., Awaitable[OneWelcomeSdk]]
WirePhoneOf = Callable[..., Awaitable[WirePhone]]


@pytest.fixture
async def phone_of() -> AsyncIterator[PhoneOf]:
    """Makes stub phones in a world; options as of `World.phone`."""
    async with AsyncExitStack() as closing:

        async def make(world: World, user_id: str = "alice", **options: Any) -> OneWelcomeSdk:
            phone = await world.phone(user_id, **options)
            closing.push_async_callback(phone.close)
            return phone

        yield make


@pytest.fixture
async def wire_phone_of() -> AsyncIterator[WirePhoneOf]:
    """Makes wire phones in a world, enrolled unless told otherwise."""
    async with AsyncExitStack() as closing:

        async def make(world: World, user_id: str = "alice", *, enrolled: bool = True) -> WirePhone:
            phone = await closing.enter_async_context(WirePhone(world.url))
            await phone.register(await world.registration_code(user_id))
            if enrolled:
                await phone.enroll()
            return phone

        yield make


async def refusal(work: Awaitable[object]) -> Code:
    """The contract's number with which a promise of the SDK is rejected."""
    with pytest.raises(SdkError) as caught:
        await work
    return caught.value.code
