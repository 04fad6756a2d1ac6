"""The example portal beside a whole server; one engine is enough, for the portal cannot tell which there is."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest

from examples.demo.browser import Browser
from examples.demo.stage import free_port
from examples.phone.app import APPLICATION
from examples.portal.portal import running_portal
from examples.portal.settings import Settings
from sdk_stub.sdk import OneWelcomeSdk
from tests.support.server import PORTAL_ID, PORTAL_SECRET, World
from token_server.app.foundation import Foundation
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.applications import Application
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.seeds import ClientSeed, EndpointSeed, Seeds
from token_server.flows.seeding import ApplySeeds

CALLBACK_USERNAME, CALLBACK_PASSWORD = "token-server", "knock-knock-0123456789"
CALLBACK_SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


KINDS = [
    AuthenticationType("login", Method.OTP, 60, {}, rotation_s=1),
    AuthenticationType("pay", Method.OTP, 60, {}, rotation_s=1, number_matching=True),
]
APP = Application(APPLICATION, "Example Bank app")


async def welcome_portal(base: Foundation, url: str) -> None:
    """Let the example portal in at that address: its origin, its callback, its types."""
    client = ApiClient(PORTAL_ID, "Example Bank", url, frozenset(Right))
    endpoint = EndpointSeed(f"{url}/callback", CALLBACK_USERNAME, CALLBACK_PASSWORD)
    seeds = Seeds({}, KINDS, [ClientSeed(client, PORTAL_SECRET, CALLBACK_SECRET)], [APP], [endpoint])
    await ApplySeeds(base.database, base.clock, base.keyed_hash, base.sealer).apply(seeds)
    base.configuration.forget()


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


def portal_settings_for(token_server: str, port: int) -> Settings:
    """Return the settings of a portal that `welcome_portal` lets in."""
    return Settings(
        url=f"http://127.0.0.1:{port}",
        port=port,
        bank="Example Bank",
        token_server=token_server,
        client_id=PORTAL_ID,
        client_secret=PORTAL_SECRET,
        callback_secret=CALLBACK_SECRET,
        callback_username=CALLBACK_USERNAME,
        callback_password=CALLBACK_PASSWORD,
    )


@pytest.fixture
def portal_settings(world: World) -> Settings:
    return portal_settings_for(world.url, free_port())


@pytest.fixture
async def portal(world: World, portal_settings: Settings) -> AsyncIterator[str]:
    """The address of a running portal whose callbacks the server may send."""
    await welcome_portal(world.base, portal_settings.url)
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
