"""Callback deliveries over the API.

GET  /api/v1/callback-deliveries              ?state=all|failed|waiting|delivered|given_up
GET  /api/v1/callback-deliveries/{transaction_id}
POST /api/v1/callback-deliveries/{transaction_id}/retry     202: it is due now
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from token_server.admin.api.doors import Call, Operation
from token_server.admin.api.paging import LARGEST, answer_page, asked_cursor, asked_limit
from token_server.domain.callbacks import Delivery, DeliveryFilter, ListedDelivery
from token_server.domain.operators import Permission
from token_server.flows.administration.callback_deliveries import ManageDeliveries
from token_server.web.answers import answer_json
from token_server.web.queries import asked_word

DELIVERY = "/callback-deliveries/{transaction_id:[A-Za-z0-9_-]+}"


class Deliveries:
    """How telling portals goes, for programs."""

    def __init__(self, deliveries: ManageDeliveries) -> None:
        """Ask the flow."""
        self._deliveries = deliveries

    def operations(self) -> list[Operation]:
        """Return the operations."""
        see, retry = Permission.SEE_CALLBACK_DELIVERIES, Permission.RETRY_CALLBACKS
        return [
            Operation("GET", "/callback-deliveries", self.list, see),
            Operation("GET", DELIVERY, self.show, see),
            Operation("POST", f"{DELIVERY}/retry", self.retry, retry),
        ]

    async def list(self, call: Call) -> web.Response:
        """List callbacks, newest first.

        Errors: InvalidParameter.
        """
        limit, which = asked_limit(call.request), asked_word(call.request, "state", DeliveryFilter, DeliveryFilter.ALL)
        before, before_id = asked_cursor(call.request, LARGEST, "")
        found = await self._deliveries.page(call.operator, which, before=before, before_id=before_id, most=limit + 1)
        return answer_page(
            "callback_deliveries", found, limit, describe, lambda each: [each.created_at, each.transaction_id]
        )

    async def show(self, call: Call) -> web.Response:
        """Return one callback with its attempts.

        Errors: NotFound.
        """
        return answer_json(describe_delivery(await self._deliveries.show(call.operator, call.named("transaction_id"))))

    async def retry(self, call: Call) -> web.Response:
        """Make a callback due at once.

        Errors: NotFound.
        """
        transaction_id = call.named("transaction_id")
        await self._deliveries.retry(call.operator, transaction_id)
        return answer_json(describe_delivery(await self._deliveries.show(call.operator, transaction_id)), status=202)


def describe(delivery: ListedDelivery) -> dict[str, Any]:
    """Return what is told of a callback in a list."""
    is_waiting = delivery.delivered_at is None and delivery.given_up_at is None
    return {
        **delivery._asdict(),
        "state": delivery.state.value,
        "next_attempt_at": delivery.next_attempt_at if is_waiting else None,
    }


def describe_delivery(delivery: Delivery) -> dict[str, Any]:
    """Return what is told of a callback and its attempts."""
    return {
        "transaction_id": delivery.transaction_id,
        "callback_uri": delivery.callback_uri,
        "state": delivery.state.value,
        "created_at": delivery.created_at,
        "next_attempt_at": delivery.next_attempt_at,
        "delivered_at": delivery.delivered_at,
        "given_up_at": delivery.given_up_at,
        "attempts": [vars(each) for each in delivery.attempts],
    }
