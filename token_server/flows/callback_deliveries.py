"""A portal looks at how telling it went, and asks to be told once more."""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.api_clients import ApiClient
from token_server.domain.callbacks import Delivery
from token_server.domain.errors import TransactionNotFound
from token_server.flows.callbacks import Outbox
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import audit_events, callback_attempts, callbacks

MOST_ATTEMPTS_SHOWN = 100


class CallbackDeliveries:
    """Answers for the callbacks of a portal's own transactions, for as long as the transaction is remembered.

    Longer than the result can be read: who looks at a failed delivery looks late.
    """

    def __init__(self, database: Database, clock: Clock, configuration: ReadConfiguration, outbox: Outbox) -> None:
        """Look into `database`, and wake `outbox` when a letter is due again."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._outbox = outbox

    async def show(self, client: ApiClient, transaction_id: str) -> Delivery:
        """Return the delivery log of the transaction's callback.

        Errors: FeatureDisabled (1000), TransactionNotFound (3004) also while the transaction has not ended.
        """
        await self._require()
        owner = client.client_id
        delivery = await callback_attempts.find_delivery(
            self._database.read, transaction_id, client_id=owner, most=MOST_ATTEMPTS_SHOWN
        )
        if delivery is None:
            raise _not_found()
        return delivery

    async def retry(self, client: ApiClient, transaction_id: str) -> None:
        """Make the callback due at once, also one that was delivered or given up; an attempt under way is that retry.

        Errors: FeatureDisabled (1000), TransactionNotFound (3004) also while the transaction has not ended.
        """
        await self._require()
        await self._database.write(partial(self._retry, client_id=client.client_id, transaction_id=transaction_id))
        self._outbox.nudge()

    async def _require(self) -> None:
        (await self._configuration.snapshot()).mobile_config.require_mobile_authentication()

    async def _retry(self, unit: UnitOfWork, *, client_id: str, transaction_id: str) -> None:
        now = self._clock.now_ms()
        if not await callbacks.retry(unit, transaction_id, client_id=client_id, now=now):
            raise _not_found()
        actor = f"portal:{client_id}"
        audit_events.add(unit, "callback_retried", actor=actor, now=now, transaction_id=transaction_id)


def _not_found() -> TransactionNotFound:
    return TransactionNotFound("There is no callback for this transaction id, or not yet")
