"""A portal's ear is tried: a call like every callback, about a transaction that never was, and how that went."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.api_clients import ApiClient
from token_server.domain.callbacks import Trial
from token_server.domain.errors import Limited
from token_server.domain.start_requests import check_callback_uri, required
from token_server.flows.callback_calls import CallWriter, Courier, Unwritable
from token_server.flows.configuration import ReadConfiguration, Snapshot
from token_server.stores import audit_events


class TryCallback:
    """Makes test calls, by the same hand as the real ones; nobody's next one starts before their last has ended."""

    def __init__(
        self, database: Database, clock: Clock, configuration: ReadConfiguration, writer: CallWriter, courier: Courier
    ) -> None:
        """Have `writer` sign and `courier` carry; note it in `database` first."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._writer = writer
        self._courier = courier
        self._trying: set[str] = set()

    async def try_out(self, client: ApiClient, callback_uri: str | None) -> Trial:
        """Call that address now and return how it went.

        Errors: FeatureDisabled (1000), InvalidParameter (1003) for an address that no start would accept, Limited.
        """
        configuration = await self._configuration.snapshot()
        configuration.mobile_config.require_mobile_authentication()
        wanted = check_callback_uri(required("callback_uri", callback_uri))
        usable_uri = client.check_callback(configuration.allowed_callback_uri(wanted))
        return await self.make(configuration, client.client_id, usable_uri, actor=f"portal:{client.client_id}")

    async def make(
        self, configuration: Snapshot, client_id: str, callback_uri: str, /, *, actor: str, **facts: str
    ) -> Trial:
        """Call that address now, signed for that API client, and return how it went; `facts` go with the event.

        Errors: Limited while an earlier call of that actor is under way.
        """
        if actor in self._trying:  # a portal that never answers must not tie up more than one connection
            problem = "An earlier test call of yours is under way"
            raise Limited(problem, retry_after_s=1)
        self._trying.add(actor)
        try:
            # Before the call, so that there is none without its event, whoever hangs up meanwhile.
            webhook_id = f"test_{uuid.uuid4()}"
            facts = {"callback_uri": callback_uri, "webhook_id": webhook_id, **facts}
            await self._database.write(partial(self._note, actor=actor, facts=facts))
            return await self._make(configuration, client_id, callback_uri, webhook_id)
        finally:
            self._trying.discard(actor)

    async def _make(self, configuration: Snapshot, client_id: str, callback_uri: str, webhook_id: str) -> Trial:
        transaction_id = str(uuid.uuid4())
        started_at = self._clock.now_ms()
        try:
            call = self._writer.write(configuration, client_id, callback_uri, transaction_id, webhook_id)
            result = await self._courier.post(call)
        except Unwritable as damage:
            result = str(damage)
        return Trial(webhook_id, result, self._clock.now_ms() - started_at)

    async def _note(self, unit: UnitOfWork, *, actor: str, facts: Mapping[str, str]) -> None:
        audit_events.add(unit, "callback_tested", actor=actor, now=self._clock.now_ms(), **facts)
