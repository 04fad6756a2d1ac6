"""Time runs out: the server ends what nobody answered, and tells the portal."""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.transactions import Transaction
from token_server.flows.callbacks import Outbox
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.mobile_authentication.news import TOPIC
from token_server.stores import audit_events, callbacks, registration_codes, transactions
from token_server.telemetry import Telemetry

MOST_AT_ONCE = 100


class ExpireTransactions:
    """Makes visible what `expires_at` has already decided."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        outbox: Outbox,
        telemetry: Telemetry,
    ) -> None:
        """Sweep `database` by `clock`."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._outbox = outbox
        self._telemetry = telemetry

    async def sweep(self) -> int:
        """End one batch of late transactions and return how many there were."""
        retention_s = (await self._configuration.snapshot()).mobile_config.result_retention_s
        ended = await self._database.write(partial(self._end, retention_ms=retention_s * 1000))
        for transaction in ended:
            self._telemetry.transaction_ended(transaction.type, transaction.state.value)
        if ended:
            self._outbox.nudge()
        return len(ended)

    async def forget_registration_codes(self) -> int:
        """Delete one batch of registration codes that expired a while ago and return how many went."""
        before = self._clock.now_ms() - 24 * 3600 * 1000
        return await self._database.write(partial(registration_codes.forget, before=before, most=MOST_AT_ONCE))

    async def _end(self, unit: UnitOfWork, *, retention_ms: int) -> list[Transaction]:
        now = self._clock.now_ms()
        ended = await transactions.expire(unit, now=now, readable_until=now + retention_ms, most=MOST_AT_ONCE)
        for transaction in ended:
            transaction_id = transaction.transaction_id
            letter = (transaction_id, transaction.client_id, transaction.callback_uri)
            callbacks.add(unit, *letter, now=now, give_up_at=now + retention_ms)
            audit_events.add(
                unit,
                "transaction_expired",
                actor="server",
                now=now,
                transaction_id=transaction_id,
                user_id=transaction.user_id,
                device_id=transaction.device_id,
            )
            unit.announce(TOPIC, transaction_id)
        return ended
