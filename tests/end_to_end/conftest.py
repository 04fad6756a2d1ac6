"""The whole house: a server, the example portal with its phone page, and real windows of a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from examples.demo.stage import free_port
from examples.phone.app import Phone
from examples.phone.page import FOOTER, open_phone_page
from examples.portal.portal import running_portal
from examples.portal.settings import Settings
from tests.end_to_end.screens import on_screen
from tests.examples.conftest import portal_settings_for, welcome_portal
from tests.fuzz.test_logos import png
from tests.support.chromium import Chromium, Page
from tests.support.server import PORTAL_ID, World
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.logos import ManageLogos
from token_server.stores import api_clients


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def portal_settings(world: World) -> Settings:
    return portal_settings_for(world.url, free_port())


@pytest.fixture
async def portal(world: World, portal_settings: Settings) -> AsyncIterator[str]:
    """The address of the example portal, with a phone page that belongs to nobody yet."""
    await welcome_portal(world.base, portal_settings.url)
    await give_a_logo(world)
    (world.folder / "phones").mkdir()
    store = world.folder / "phones" / "phone.json"
    async with (
        open_phone_page(portal_settings, store) as page,
        running_portal(portal_settings, page.routes(), FOOTER),
    ):
        yield portal_settings.url


@pytest.fixture
async def phone_page(chromium: Chromium, page: Page, portal: str) -> AsyncIterator[Page]:
    """A second window of the same person: the phone page, nobody's yet."""
    async with chromium.page(beside=page) as opened:
        await opened.resize(430, 860)
        await opened.open(f"{portal}/phone")
        await opened.until(on_screen("unlinked"))
        yield opened


@pytest.fixture
async def phone(world: World, portal: str) -> AsyncIterator[Phone]:
    """A phone of alice that is no window: a stub, in the test's own hand."""
    async with Phone(world.url, world.folder / "alice.json") as linked:
        await linked.register(await world.registration_code("alice"))
        await linked.sdk.enroll_mobile_authentication()
        yield linked


async def give_a_logo(world: World) -> None:
    """Give the portal a logo."""
    base = world.base
    known = (await api_clients.find_configured(base.database.read, PORTAL_ID)) or pytest.fail("no portal")
    logos = ManageLogos(base.database, base.clock, base.configuration)
    await logos.set(TERMINAL, PORTAL_ID, png(size=(64, 64)), revision=known.revision)
