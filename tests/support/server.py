"""A whole server for tests: real sockets on a free loopback port, real storage, its own key file, a portal beside it.

`world` is the server with its portal on both engines; tests that need another configuration use `open_world`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, encode_basic_auth

from sdk_stub.sdk import OneWelcomeSdk
from tests.support.clock import MovableClock
from tests.support.phone import APPLICATION, enrolled_phone, registered_phone
from tests.support.portal import CallbackReceiver
from token_server.app.equipment import Equipment
from token_server.app.foundation import Foundation, open_foundation
from token_server.app.server import Server, running_server
from token_server.config.secrets import DatabaseUrl
from token_server.config.sections import LimitsSection
from token_server.config.settings import Settings, load_settings
from token_server.crypto.passwords import Cost
from token_server.database.engine import UnitOfWork
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.applications import Application
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.seeds import ClientSeed, EndpointSeed, Seeds
from token_server.flows.seeding import ApplySeeds
from token_server.stores import authentication_types

PORTAL_ID, PORTAL_SECRET = "shop", "shop-secret-0123456789abcdef0123456789"
OTHER_ID, OTHER_SECRET = "rival", "rival-secret-0123456789abcdef012345678"
API = "/oauth/api/v4"
PORTAL = ApiClient(PORTAL_ID, "Example Shop", "https://shop.example", frozenset(Right))
ROTATING = AuthenticationType("rotating", Method.OTP, 60, {}, rotation_s=1, accept_window_s=5)
NUMBERED = AuthenticationType("numbered", Method.OTP, 60, {}, number_matching=True)
# Every test comes from one address, and some ask a thousand things in a minute. The limits are there, far away.
NO_HASTE = LimitsSection(**dict.fromkeys((each.name for each in fields(LimitsSection)), 1_200_000))
# The tests' operators sign in hundreds of times, mostly each at a server of their own. What servers have is tried where
# it is made (tests/crypto/test_passwords.py, tests/browser_view/test_painter.py), and by servers that are processes.
CHEAP = Equipment(password_cost=Cost(passes=1, memory_kib=8, lanes=1), painting=partial(ThreadPoolExecutor, 1))


@dataclass
class World:
    """One running server, the portal that uses it, and the portal's ear for callbacks."""

    base: Foundation
    server: Server
    portal: ClientSession
    callbacks: CallbackReceiver
    clock: MovableClock
    folder: Path

    @property
    def url(self) -> str:
        """The server's address."""
        return self.server.address

    async def start(self, type_name: str = "login", **more: str) -> dict[str, Any]:
        """Start a transaction as the portal and return the v4 answer."""
        form = {"type": type_name, "callback_uri": self.callbacks.url, "message": "Log in at Shop", **more}
        async with self.portal.post(f"{API}/authenticate/user", data=form) as response:
            body: dict[str, Any] = await response.json()
            assert response.status == 200, body
            return body

    async def result(self, transaction_id: str, wait_s: int = 0) -> dict[str, Any]:
        """Fetch a result as the portal."""
        headers = {"Prefer": f"wait={wait_s}"} if wait_s else {}
        async with self.portal.get(f"{API}/authenticate/transaction/{transaction_id}", headers=headers) as response:
            body: dict[str, Any] = await response.json()
            return {"status": response.status, **body}

    async def registration_code(self, user_id: str = "alice") -> str:
        """Ask for a registration code as the portal."""
        async with self.portal.post(f"{API}/users/{user_id}/registration-codes") as response:
            assert response.status == 201, await response.text()
            return str((await response.json())["registration_code"])

    async def phone(self, user_id: str = "alice", *, name: str = "phone", enrolled: bool = True) -> OneWelcomeSdk:
        """Return a started phone of that user; whoever asked for it closes it."""
        code = await self.registration_code(user_id)
        make = enrolled_phone if enrolled else registered_phone
        return await make(self.url, code, self.folder, name=name)

    async def code(self, transaction_id: str) -> str:
        """What the QR code of an open transaction says now."""
        return await self.server.flows.result.otp_string(PORTAL, transaction_id)

    async def configure(self, **mobile_config: bool | int) -> None:
        """Change the mobile config, as an admin would by the file."""
        await plant(self.base, self.callbacks.url, **mobile_config)


async def plant(base: Foundation, callback_uri: str, **mobile_config: bool | int) -> None:
    """Plant what the tests' world needs, with those fields of the mobile config."""
    kinds = [
        AuthenticationType("login", Method.OTP, 60, {}),
        AuthenticationType("quick", Method.OTP, 10, {"en": "Log in quickly", "nl": "Snel inloggen"}),
        AuthenticationType("push", Method.PUSH, 60, {}),
        AuthenticationType("pin", Method.PUSH_WITH_PIN, 60, {}),
        AuthenticationType("sms", Method.SMS, 60, {}),
    ]
    other = ApiClient(OTHER_ID, "Rival", "https://rival.example", frozenset({Right.MOBILE_AUTHENTICATION}))
    seeds = Seeds(
        mobile_config,
        kinds,
        [ClientSeed(PORTAL, PORTAL_SECRET), ClientSeed(other, OTHER_SECRET)],
        [Application(APPLICATION, "Demo app")],
        [EndpointSeed(callback_uri), EndpointSeed(f"{callback_uri}-guarded", "portal", "knock-knock")],
    )
    await ApplySeeds(base.database, base.clock, base.keyed_hash, base.sealer).apply(seeds)
    base.configuration.forget()


async def add_type(base: Foundation, kind: AuthenticationType) -> None:
    """Add an authentication type, or change it."""
    await base.database.write(partial(_save_type, kind=kind, now=base.clock.now_ms()))
    base.configuration.forget()


async def _save_type(unit: UnitOfWork, *, kind: AuthenticationType, now: int) -> None:
    if not await authentication_types.insert(unit, kind, now=now):
        found = await authentication_types.find(unit, kind.name)
        assert found is not None
        assert await authentication_types.change(unit, kind, revision=found.revision, now=now)


@cache
def usual_settings() -> Settings:
    """Return what holds where nobody has configured anything."""
    return load_settings(None, {})


def settings_for(
    database_url: str, folder: Path, limits: LimitsSection | None = None, *, has_desk: bool = False
) -> Settings:
    """Return settings for a server on a free port whose files are in `folder`; nobody meets a limit unless named.

    Operators have nowhere to go unless it `has_desk`: that is a fifth of what a server costs a test.
    """
    settings = usual_settings()
    return replace(
        settings,
        server=replace(settings.server, port=0, shutdown_grace_s=1),
        admin=replace(settings.admin, port=0, enabled=has_desk),
        database=replace(settings.database, url=DatabaseUrl(database_url), connections=6),
        security=replace(settings.security, key_file=str(folder / "server.key")),
        callbacks=replace(settings.callbacks, private_networks=("127.0.0.0/8",), timeout_s=2),
        limits=limits or NO_HASTE,
    )


OpenWorld = Callable[..., Awaitable[World]]


@asynccontextmanager
async def a_world(
    settings: Settings,
    folder: Path,
    callbacks: CallbackReceiver,
    *,
    clock: MovableClock | None = None,
    equipment: Equipment = CHEAP,
    **mobile_config: bool | int,
) -> AsyncIterator[World]:
    """A running server with everything planted."""
    clock = clock or MovableClock()
    async with open_foundation(settings, clock=clock) as base:
        await plant(base, callbacks.url, **mobile_config)
        async with running_server(base, equipment=equipment) as server:
            headers = {"Authorization": encode_basic_auth(PORTAL_ID, PORTAL_SECRET)}
            portal = ClientSession(server.address, headers=headers)
            async with portal:
                yield World(base, server, portal, callbacks, clock, folder)


@pytest.fixture
async def callbacks() -> AsyncIterator[CallbackReceiver]:
    """The portal's ear, listening on loopback."""
    async with CallbackReceiver() as receiver:
        yield receiver


@pytest.fixture
async def open_world(database_url: str, tmp_path: Path, callbacks: CallbackReceiver) -> AsyncIterator[OpenWorld]:
    """Opens servers on this test's database, with fields of the mobile config, `clock`, `limits`, `has_desk` …."""
    async with AsyncExitStack() as closing:

        async def open_one(
            limits: LimitsSection | None = None,
            trusted_proxies: tuple[str, ...] = (),
            *,
            has_desk: bool = False,
            **options: Any,
        ) -> World:
            settings = settings_for(database_url, tmp_path, limits, has_desk=has_desk)
            settings = replace(settings, server=replace(settings.server, trusted_proxies=trusted_proxies))
            return await closing.enter_async_context(a_world(settings, tmp_path, callbacks, **options))

        yield open_one


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """A running server with its portal, on this test's engine."""
    return await open_world()
