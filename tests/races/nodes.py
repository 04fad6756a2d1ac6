"""Servers without sockets: two nodes' flows on one database, each with connections and caches of its own.

A race between two nodes is one that no lock, cache or event loop inside a process can decide; only the database can.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import MovableClock
from tests.support.pgp import SequoiaPhone
from tests.support.phone import APPLICATION, APPLICATION_VERSION
from tests.support.server import PORTAL_ID, plant, settings_for
from token_server.app.flows import Flows, build_flows
from token_server.app.foundation import Foundation, open_foundation
from token_server.clock import Clock
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.callers import Caller, Device
from token_server.domain.start_requests import StartRequest
from token_server.flows.devices import DeviceRequest
from token_server.flows.enrollments import Enrolled
from token_server.flows.mobile_authentication.start import Started
from token_server.mobile_api.doors import Doors
from token_server.web.addresses import CallerAddresses

ISSUER = "https://login.example"
CALLBACK = "https://shop.example/callback"
PORTAL = ApiClient(PORTAL_ID, "Example Shop", "https://shop.example", frozenset(Right))
CONNECTIONS = 8  # two nodes have one for each of sixteen: nobody waits in line where everybody should collide


@dataclass
class Node:
    """One server's inside."""

    base: Foundation
    flows: Flows

    async def count(self, sql: str, **params: Any) -> int:
        """Return the number that a `SELECT COUNT(*) AS n …` finds."""
        row = await self.base.database.read.first(sql, **params)
        assert row is not None
        return int(row["n"])

    async def start(self, type_name: str = "login", **more: str) -> Started:
        """Start a transaction as the portal."""
        request = StartRequest(type=type_name, callback_uri=CALLBACK, message="Log in at Shop", **more)
        return await self.flows.start.start(PORTAL, request)

    async def registration_code(self, user_id: str = "alice") -> str:
        """Ask for a registration code as the portal."""
        return (await self.flows.issue_registration_code.issue(PORTAL, user_id)).code

    async def device(self) -> Device:
        """Install the app once more."""
        request = DeviceRequest(APPLICATION, APPLICATION_VERSION, "android", "Phone")
        return Device((await self.flows.register_device.register(request)).device_id, APPLICATION)

    async def caller(self, user_id: str = "alice") -> Caller:
        """Register the user on a new device and sign in."""
        device, code = await self.device(), await self.registration_code(user_id)
        registered = await self.flows.register_user.register(device, code, "")
        return await self.flows.callers.user(registered.tokens.access_token)

    async def enroll(self, caller: Caller, key: SequoiaPhone) -> Enrolled:
        """Offer the key for the caller's profile."""
        return await self.flows.enroll.enroll(caller, key.public, key.prove(caller.access_token.encode()))


@dataclass
class Phone:
    """One enrolled profile with its keys; which node it talks to is said each time."""

    access_token: str
    key: SequoiaPhone
    server_key: str

    async def at(self, node: Node) -> Caller:
        """Show the access token at that node's door."""
        return await node.flows.callers.user(self.access_token)

    async def act(self, node: Node, act: Callable[[Caller], Awaitable[bytes]]) -> dict[str, str]:
        """Act at that node, which may remember this phone, and read what the server sealed."""
        doors = Doors(node.flows.callers, CallerAddresses(()))
        return self.open(await doors.let(await node.flows.callers.remembered_user(self.access_token), act))

    def seal(self, **members: str) -> bytes:
        """Sign and encrypt something to the server."""
        return self.key.send(json.dumps(members).encode(), self.server_key)

    def open(self, body: bytes) -> dict[str, str]:
        """Read what the server sealed."""
        members: dict[str, str] = json.loads(self.key.receive(body, self.server_key))
        return members

    async def claim(self, node: Node, otp: str) -> str:
        """Present a scanned text and return the challenge document as it came."""
        scanned = json.loads(base64.urlsafe_b64decode(otp + "=" * (-len(otp) % 4)))
        body = self.seal(**scanned, nonce="nonce")
        return (await self.act(node, partial(node.flows.claim.claim, body=body)))["challenge_document"]

    async def answer(self, node: Node, transaction_id: str, decision: str, document: str, **more: str) -> str:
        """Answer and return the server's verdict."""
        body = self.seal(decision=decision, challenge_document=document, **more)
        answer = partial(node.flows.answer.answer, transaction_id=transaction_id, body=body)
        return (await self.act(node, answer))["verdict"]


OpenNodes = Callable[..., Awaitable[list[Node]]]
Crowd = Callable[[list[Node], int], Awaitable[list[Phone]]]


@pytest.fixture
async def open_nodes(database_url: str, tmp_path: Path) -> AsyncIterator[OpenNodes]:
    """Opens nodes on this test's database, one for each of the clocks; options are fields of the mobile config."""
    async with AsyncExitStack() as closing:

        async def open_some(*clocks: Clock, **mobile_config: bool | int) -> list[Node]:
            settings = settings_for(database_url, tmp_path)
            settings = replace(settings, database=replace(settings.database, connections=CONNECTIONS))
            bases = [await closing.enter_async_context(open_foundation(settings, clock=clock)) for clock in clocks]
            nodes = [Node(base, build_flows(base, ISSUER)) for base in bases]
            for node in nodes:
                closing.callback(node.flows.news.close)
                await node.flows.access_tokens.ensure_key()
                await node.flows.server_keys.ensure_shared()
                await plant(node.base, CALLBACK, **mobile_config)
            return nodes

        yield open_some


@pytest.fixture
async def nodes(open_nodes: OpenNodes) -> list[Node]:
    """Two nodes whose clocks agree."""
    clock = MovableClock()
    return await open_nodes(clock, clock)


@pytest.fixture
def crowd() -> Crowd:
    """Makes that many enrolled phones, each of a user of its own."""

    async def make(nodes: list[Node], count: int) -> list[Phone]:
        return await asyncio.gather(*(enrolled(nodes[each % len(nodes)], f"user-{each}") for each in range(count)))

    return make


async def enrolled(node: Node, user_id: str = "alice") -> Phone:
    """Return a phone on which the user is enrolled."""
    caller, key = await node.caller(user_id), SequoiaPhone()
    return Phone(caller.access_token, key, (await node.enroll(caller, key)).server_public_key)
