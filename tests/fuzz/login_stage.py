"""The real flows on a real database for a machine that is not asynchronous: one stage for all examples of a test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.flows.house import CALLBACK, House, a_house
from tests.journeys.wire_phone import scan
from tests.support.pgp import SequoiaPhone
from tests.support.server import add_type
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.authentication_types import AuthenticationType
from token_server.domain.callers import Caller, Device
from token_server.domain.start_requests import StartRequest
from token_server.domain.transactions import Transaction
from token_server.flows.grants import Tokens

T = TypeVar("T")
PORTALS = {
    name: ApiClient(name, name.title(), f"https://{name}.example", frozenset(Right)) for name in ("shop", "rival")
}
USERS = ("alice", "alice", "bob")
LONG_AGO_S = 60 * 86_400  # the clock of the stage runs ahead quickly, and must not overtake the machine's own
FRESH_MS = 800_000


@dataclass
class Actor:
    """One user on one device; `enrollment_id` is None while the phone is not enrolled."""

    user_id: str
    device: Device
    tokens: Tokens
    issued_at: int
    key: SequoiaPhone
    server_key: str = ""
    enrollment_id: str | None = None


class LoginStage:
    """Every method is one story, told to its end before the method returns."""

    def __init__(self, database_url: str, folder: Path) -> None:
        """Open the house and give three phones to two users."""
        self._loop = asyncio.new_event_loop()
        self._closing = AsyncExitStack()
        self.house: House = self._do(self._closing.enter_async_context(a_house(database_url, folder)))
        self.house.clock.move(-LONG_AGO_S)
        self.actors = [self._do(self._actor(user_id)) for user_id in USERS]

    def close(self) -> None:
        """Close the house."""
        self._do(self._closing.aclose())
        self._loop.close()

    @property
    def now(self) -> int:
        """The stage's time."""
        return self.house.clock.now_ms()

    def clear(self) -> None:
        """Let everything end that an earlier example, which may have failed, has left."""
        self.house.clock.move(61)
        while self.sweep():
            pass
        self.deliver()
        self.house.clock.move(1)

    def start(self, portal: str, type_name: str) -> tuple[str, str, int]:
        """Start a transaction; return its id, its OTP and when it expires."""
        request = StartRequest(type=type_name, callback_uri=CALLBACK, message="Log in")
        started = self._do(self.house.flows.start.start(PORTALS[portal], request))
        return started.transaction_id, started.otp, self.now + started.time_to_live

    def add_type(self, kind: AuthenticationType) -> None:
        """Add an authentication type, or change it."""
        self._do(add_type(self.house.base, kind))

    def find(self, transaction_id: str) -> Transaction:
        """Return the transaction as it is stored."""
        return self._do(self.house.find(transaction_id))

    def claim(self, actor: Actor, scanned: str, /, **changed: str | None) -> str:
        """Claim and return the challenge document, base64."""
        return str(
            self._do(self._exchange(actor, None, {**scan(scanned), "nonce": "n", **changed}))["challenge_document"]
        )

    def answer(self, actor: Actor, transaction_id: str, decision: str, document: str) -> str:
        """Answer and return the verdict."""
        members: dict[str, str | None] = {"decision": decision, "challenge_document": document}
        return str(self._do(self._exchange(actor, transaction_id, members))["verdict"])

    def enroll(self, actor: Actor) -> str:
        """Enrol the phone with its key and return the enrolment's id."""
        return self._do(self._enroll(actor))

    def disenroll(self, actor: Actor) -> None:
        """End the phone's enrolment."""
        self._do(self._disenroll(actor))

    def fetch(self, portal: str, transaction_id: str) -> str:
        """Ask for a result as a portal; return the state and the user."""
        found = self._do(self.house.flows.result.fetch(PORTALS[portal], transaction_id))
        return f"{found.state.value} {found.user_id}"

    def qr_code(self, portal: str, transaction_id: str) -> str:
        """Ask for the text of the QR code as a portal."""
        return self._do(self.house.flows.result.otp_string(PORTALS[portal], transaction_id))

    def sweep(self) -> int:
        """End one batch of what is late."""
        return self._do(self.house.flows.expire.sweep())

    def deliver(self) -> list[str]:
        """Take every letter that is due, say that the portal has it, and return whom each was about."""
        return self._do(self._deliver())

    def rows(self, since: int) -> list[dict[str, Any]]:
        """What the database holds about the transactions of that time and later."""
        return self._do(self.house.rows(ROWS, since=since))

    def _do(self, story: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(story)

    async def _actor(self, user_id: str) -> Actor:
        device = await self.house.device()
        registered = await self.house.flows.register_user.register(device, await self.house.code(user_id), "read")
        return Actor(user_id, device, registered.tokens, self.now, SequoiaPhone())

    async def _caller(self, actor: Actor) -> Caller:
        if self.now - actor.issued_at >= FRESH_MS:
            actor.tokens = await self.house.flows.refresh_tokens.refresh(actor.device, actor.tokens.refresh_token)
            actor.issued_at = self.now
        return await self.house.flows.callers.user(actor.tokens.access_token)

    async def _enroll(self, actor: Actor) -> str:
        caller = await self._caller(actor)
        proof = actor.key.prove(caller.access_token.encode())
        enrolled = await self.house.flows.enroll.enroll(caller, actor.key.public, proof)
        actor.server_key = enrolled.server_public_key
        return enrolled.enrollment.enrollment_id

    async def _disenroll(self, actor: Actor) -> None:
        await self.house.flows.enroll.disenroll(await self._caller(actor))

    async def _exchange(
        self, actor: Actor, transaction_id: str | None, members: dict[str, str | None]
    ) -> dict[str, Any]:
        caller, flows = await self._caller(actor), self.house.flows
        body = actor.key.send(json.dumps(members).encode(), actor.server_key)
        if transaction_id is None:
            answer = await flows.claim.claim(caller, body)
        else:
            answer = await flows.answer.answer(caller, transaction_id, body)
        told: dict[str, Any] = json.loads(actor.key.receive(answer, actor.server_key))
        return told

    async def _deliver(self) -> list[str]:
        outbox, told = self.house.flows.outbox, []
        while postings := await outbox.take(50):
            for posting in postings:
                await outbox.delivered(posting.letter, "204")
                told.append(posting.letter.transaction_id)
        return told


ROWS = """
    SELECT t.transaction_id, t.state, t.user_id, t.refused_claims,
           (SELECT COUNT(*) FROM callbacks c WHERE c.transaction_id = t.transaction_id) AS letters,
           (SELECT COUNT(*) FROM callbacks c
             WHERE c.transaction_id = t.transaction_id AND c.delivered_at IS NOT NULL) AS delivered,
           (SELECT COUNT(*) FROM evidence e WHERE e.transaction_id = t.transaction_id) AS evidence
      FROM transactions t WHERE t.created_at >= :since"""
