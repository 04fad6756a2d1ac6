"""The flows without any door: a portal and phones that speak to them directly, under a clock that stands still."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sdk_stub.openpgp import DeviceKey, ServerKey, open_message, seal_message
from tests.journeys.wire_phone import scan
from tests.support.clock import FrozenClock
from tests.support.phone import APPLICATION
from tests.support.server import plant, settings_for
from token_server.app.flows import Flows, build_flows
from token_server.app.foundation import Foundation, open_foundation
from token_server.config.sections import LimitsSection
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.callers import Caller, Device
from token_server.domain.start_requests import StartRequest
from token_server.domain.transactions import Transaction
from token_server.flows.devices import DeviceRequest
from token_server.flows.grants import Tokens
from token_server.flows.mobile_authentication.start import Started
from token_server.stores import audit_events, transactions

CALLBACK = "https://shop.example/callback"
SHOP = ApiClient("shop", "Example Shop", "https://shop.example", frozenset(Right))


@dataclass
class FlowPhone:
    """One user on one device."""

    flows: Flows
    device: Device
    profile_id: str
    tokens: Tokens
    key: DeviceKey = field(default_factory=DeviceKey.generate)
    server_key: ServerKey | None = None

    async def caller(self) -> Caller:
        """Who this phone is, as the door sees it now."""
        return await self.flows.callers.user(self.tokens.access_token)

    async def enroll(self) -> None:
        """Exchange keys."""
        proof = self.key.prove(self.tokens.access_token.encode())
        enrolled = await self.flows.enroll.enroll(await self.caller(), self.key.public_armored.encode(), proof)
        self.server_key = ServerKey(enrolled.server_public_key)

    async def claim(self, scanned: str, /, **changed: str | None) -> str:
        """Present a scanned text and return the challenge document, base64; `changed` replaces members."""
        body = self.seal({**scan(scanned), "nonce": "n", **changed})
        return str(self.open(await self.flows.claim.claim(await self.caller(), body))["challenge_document"])

    async def answer(self, transaction_id: str, decision: str, document_b64: str, **more: str) -> str:
        """Answer a challenge and return the verdict."""
        return str((await self.verdict(transaction_id, decision, document_b64, **more))["verdict"])

    async def verdict(self, transaction_id: str, decision: str, document_b64: str, **more: str) -> dict[str, Any]:
        """Answer a challenge and return the whole verdict."""
        body = self.seal({"decision": decision, "challenge_document": document_b64, **more})
        return self.open(await self.flows.answer.answer(await self.caller(), transaction_id, body))

    def seal(self, members: dict[str, Any]) -> bytes:
        """Sign and encrypt something to the server."""
        assert self.server_key is not None
        return seal_message(json.dumps(members).encode(), sender=self.key, receiver=self.server_key)

    def open(self, body: bytes) -> dict[str, Any]:
        """Read what the server said."""
        assert self.server_key is not None
        members: dict[str, Any] = json.loads(open_message(body, receiver=self.key, sender=self.server_key))
        return members


@dataclass
class House:
    """The flows on a database of their own."""

    base: Foundation
    flows: Flows
    clock: FrozenClock

    async def start(
        self, type_name: str = "login", *, client: ApiClient = SHOP, ip_address: str | None = None
    ) -> Started:
        """Start a transaction as the portal."""
        request = StartRequest(type=type_name, callback_uri=CALLBACK, message="Log in", ip_address=ip_address)
        return await self.flows.start.start(client, request)

    async def find(self, transaction_id: str) -> Transaction:
        """The transaction as it is stored."""
        found = await transactions.find(self.base.database.read, transaction_id)
        assert found is not None
        return found

    async def events(self, transaction_id: str) -> list[tuple[str, dict[str, Any]]]:
        """Names and details of the transaction's audit events, oldest first; those of one moment in any order."""
        rows = await audit_events.list_of_transaction(self.base.database.read, transaction_id)
        return [(row["event"], json.loads(row["detail"])) for row in rows]

    async def state(self, transaction_id: str) -> str:
        """How the portal sees the transaction."""
        return (await self.flows.result.fetch(SHOP, transaction_id)).state.value

    async def device(self) -> Device:
        """A new device."""
        registered = await self.flows.register_device.register(DeviceRequest(APPLICATION, "1.0", "android", "phone"))
        return Device(registered.device_id, APPLICATION)

    async def code(self, user_id: str = "alice") -> str:
        """A fresh registration code."""
        return (await self.flows.issue_registration_code.issue(SHOP, user_id)).code

    async def phone(self, user_id: str = "alice", *, enrolled: bool = True, device: Device | None = None) -> FlowPhone:
        """A phone with that user; a new one unless it is named."""
        device = device or await self.device()
        registered = await self.flows.register_user.register(device, await self.code(user_id), "read")
        phone = FlowPhone(self.flows, device, registered.profile_id, registered.tokens)
        if enrolled:
            await phone.enroll()
        return phone

    async def configure(self, **mobile_config: bool | int) -> None:
        """Change the mobile config."""
        await plant(self.base, CALLBACK, **mobile_config)

    async def rows(self, sql: str, **values: str | int) -> list[dict[str, Any]]:
        """What the database holds."""
        return [dict(row) for row in await self.base.database.read.all(sql, **values)]


@asynccontextmanager
async def a_house(
    database_url: str, folder: Path, limits: LimitsSection | None = None, **mobile_config: bool | int
) -> AsyncIterator[House]:
    """A house with everything planted; its clock stands at the present."""
    clock = FrozenClock(time.time_ns() // 1_000_000)
    async with open_foundation(settings_for(database_url, folder, limits), clock=clock) as base:
        await plant(base, CALLBACK, **mobile_config)
        flows = build_flows(base, "https://login.example")
        await flows.access_tokens.ensure_key()
        await flows.server_keys.ensure_shared()
        try:
            yield House(base, flows, clock)
        finally:
            flows.news.close()


def decode(document_b64: str) -> dict[str, Any]:
    """The challenge document's members."""
    members: dict[str, Any] = json.loads(base64.b64decode(document_b64))
    return members
