"""The example portal beside a whole server; one engine is enough, for the portal cannot tell which there is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from examples.demo.browser import Browser
from examples.demo.stage import free_port
from examples.portal.portal import running_portal
from examples.portal.settings import Settings
from sdk_stub.sdk import OneWelcomeSdk
from tests.support.server import PORTAL_ID, PORTAL_SECRET, World
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.seeds import ClientSeed, EndpointSeed, Seeds
from token_server.flows.seeding import ApplySeeds

CALLBACK_USERNAME, CALLBACK_PASSWORD = "token-server", "knock-knock-0123456789"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def portal_settings(world: World) -> Settings:
    port = free_port()
    return Settings(
        url=f"http://127.0.0.1:{port}",
        port=port,
        bank="Example Bank",
        token_server=world.url,
        client_id=PORTAL_ID,
        client_secret=PORTAL_SECRET,
        callback_username=CALLBACK_USERNAME,
        callback_password=CALLBACK_PASSWORD,
        terminal_enrol="",
        terminal_scan="",
    )


@pytest.fixture
async def portal(world: World, portal_settings: Settings) -> AsyncIterator[str]:
    """The address of a running portal whose callbacks the server may send."""
    base = world.base
    client = ApiClient(PORTAL_ID, "Example Bank", portal_settings.url, frozenset(Right))
    endpoint = EndpointSeed(f"{portal_settings.url}/callback", CALLBACK_USERNAME, CALLBACK_PASSWORD)
    seeds = Seeds({}, [], [ClientSeed(client, PORTAL_SECRET)], [], [endpoint])
    await ApplySeeds(base.database, base.clock, base.keyed_hash, base.sealer).apply(seeds)
    base.configuration.forget()
    async with running_portal(portal_settings):
        yield portal_settings.url


@pytest.fixture
async def browser(portal: str) -> AsyncIterator[Browser]:
    async with Browser(portal) as opened:
        yield opened


@pytest.fixture
async def phone(world: World) -> AsyncIterator[OneWelcomeSdk]:
    """An enrolled phone of alice."""
    enrolled = await world.phone("alice")
    yield enrolled
    await enrolled.close()
