"""Homes for gpg, one for each kind of key, made once: RSA keys take their time."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.gpg_phone import KINDS, OWN_KEY, GpgPhone
from tests.support.pgp import Gpg
from tests.support.server import World

GpgPhoneOf = Callable[[World, str], Awaitable[GpgPhone]]


@pytest.fixture(scope="session")
def gpg_homes() -> Iterator[Callable[[str], Gpg]]:
    """Gives the gpg home with a key of that kind; all of them are gone at the end."""
    homes: dict[str, Gpg] = {}
    with tempfile.TemporaryDirectory(prefix="gpg") as folder:  # short: gpg's agent listens on a socket in there

        def home_of(kind: str) -> Gpg:
            if kind not in homes:
                homes[kind] = Gpg(Path(folder) / kind)
                main, encryption = KINDS[kind]
                homes[kind].make_key(OWN_KEY, main=main, encryption=encryption)
            return homes[kind]

        yield home_of
        for gpg in homes.values():
            gpg.stop()


@pytest.fixture
def empty_gpg() -> Iterator[Gpg]:
    """A gpg that knows nobody."""
    with tempfile.TemporaryDirectory(prefix="gpg") as folder:
        gpg = Gpg(Path(folder) / "h")
        yield gpg
        gpg.stop()


@pytest.fixture
async def gpg_phone_of(gpg_homes: Callable[[str], Gpg]) -> AsyncIterator[GpgPhoneOf]:
    """Makes enrolled gpg phones in a world, by the kind of key."""
    async with AsyncExitStack() as closing:

        async def make(world: World, kind: str) -> GpgPhone:
            phone = await closing.enter_async_context(GpgPhone(world.url, gpg_homes(kind)))
            await phone.register(await world.registration_code())
            assert (await phone.enroll()).status == 201
            return phone

        yield make
