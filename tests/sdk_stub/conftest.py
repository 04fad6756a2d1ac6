"""A counterpart that listens, and phones that talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from sdk_stub.sdk import OneWelcomeSdk
from tests.sdk_stub.counterpart import CODE, Counterpart
from tests.support.phone import enrolled_phone, registered_phone


@pytest.fixture
def counterpart() -> Counterpart:
    return Counterpart()


@pytest.fixture
async def server(counterpart: Counterpart) -> AsyncIterator[TestServer]:
    server = TestServer(counterpart.app())
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
def base_url(server: TestServer) -> str:
    return str(server.make_url("")).rstrip("/")


@pytest.fixture
async def registered(base_url: str, tmp_path: Path) -> AsyncIterator[OneWelcomeSdk]:
    phone = await registered_phone(base_url, CODE, tmp_path)
    yield phone
    await phone.close()


@pytest.fixture
async def enrolled(base_url: str, tmp_path: Path) -> AsyncIterator[OneWelcomeSdk]:
    phone = await enrolled_phone(base_url, CODE, tmp_path)
    yield phone
    await phone.close()
