"""Operators see how telling portals goes, and have them told once more."""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.callbacks import Delivery, DeliveryFilter, ListedDelivery
from token_server.domain.errors import NotFound
from token_server.domain.operators import Operator, Permission
from token_server.stores import audit_events, callback_attempts, callbacks, delivery_search, transaction_search

MOST_ATTEMPTS = 100
LATEST = 2**62


class ManageDeliveries:
    """Lists callbacks and makes them due again."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Look into `database`; whoever carries callbacks looks there too, many times a minute."""
        self._database = database
        self._clock = clock

    async def page(
        self,
        operator: Operator,
        which: DeliveryFilter,
        *,
        before: int = LATEST,
        before_id: str = "",
        most: int = 50,
    ) -> list[ListedDelivery]:
        """Return up to `most` callbacks that fit, newest first, from behind the one that is named on.

        Errors: NotAllowed.
        """
        operator.require(Permission.SEE_CALLBACK_DELIVERIES)
        return await delivery_search.find_page(
            self._database.read, which, before=before, before_id=before_id, most=most
        )

    async def show(self, operator: Operator, transaction_id: str) -> Delivery:
        """Return the callback of one transaction with its attempts.

        Errors: NotAllowed; NotFound, also while the transaction has not ended.
        """
        operator.require(Permission.SEE_CALLBACK_DELIVERIES)
        delivery = await callback_attempts.find_delivery(
            self._database.read,
            transaction_id,
            client_id=await self._client_of(transaction_id),
            most=MOST_ATTEMPTS,
        )
        if delivery is None:
            raise _not_found()
        return delivery

    async def retry(self, operator: Operator, transaction_id: str) -> None:
        """Make the callback due at once, also one that was delivered or given up; an attempt under way is that retry.

        Errors: NotAllowed; NotFound, also while the transaction has not ended.
        """
        operator.require(Permission.RETRY_CALLBACKS)
        client_id = await self._client_of(transaction_id)
        await self._database.write(
            partial(self._retry, operator=operator, transaction_id=transaction_id, client_id=client_id)
        )

    async def _client_of(self, transaction_id: str) -> str:
        found = await transaction_search.find(self._database.read, transaction_id)
        if found is None:
            raise _not_found()
        return found.client_id

    async def _retry(self, unit: UnitOfWork, *, operator: Operator, transaction_id: str, client_id: str) -> None:
        now = self._clock.now_ms()
        if not await callbacks.retry(unit, transaction_id, client_id=client_id, now=now):
            raise _not_found()
        audit_events.add(
            unit, "callback_retried", actor=operator.actor, now=now, transaction_id=transaction_id, via=operator.via
        )


def _not_found() -> NotFound:
    return NotFound("There is no callback for this transaction, or not yet")
