"""Transactions over the API: the list, the story of one, its evidence.

GET /api/v1/transactions                      ?state= &type= &client_id= &user_id= &since= &until=
GET /api/v1/transactions/{id}                 with all that happened, in order
GET /api/v1/transactions/{id}/evidence        the evidence file, as text
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from token_server.admin.api.callback_deliveries import describe_delivery
from token_server.admin.api.doors import Call, Operation
from token_server.admin.api.paging import LARGEST, answer_page, asked_cursor, asked_limit
from token_server.domain.operators import Permission
from token_server.domain.transaction_stories import ListedTransaction, Story, TransactionQuery
from token_server.flows.administration.transactions import SeeTransactions
from token_server.flows.evidence import ExportEvidence
from token_server.web.answers import answer_bytes, answer_json
from token_server.web.queries import asked_number, asked_text

TRANSACTION = "/transactions/{transaction_id:[A-Za-z0-9_-]+}"


class Transactions:
    """What happens, for programs."""

    def __init__(self, transactions: SeeTransactions, evidence: ExportEvidence) -> None:
        """Ask the flows."""
        self._transactions = transactions
        self._evidence = evidence

    def operations(self) -> list[Operation]:
        """Return the operations."""
        see = Permission.SEE_TRANSACTIONS
        return [
            Operation("GET", "/transactions", self.list, see),
            Operation("GET", TRANSACTION, self.show, see),
            Operation("GET", f"{TRANSACTION}/evidence", self.evidence, Permission.EXPORT_EVIDENCE),
        ]

    async def list(self, call: Call) -> web.Response:
        """List transactions, newest first.

        Errors: InvalidParameter.
        """
        request, limit = call.request, asked_limit(call.request)
        before, before_id = asked_cursor(request, LARGEST, "")
        query = TransactionQuery(
            **{name: asked_text(request, name) for name in ("state", "type", "client_id", "user_id")},
            since=asked_number(request, "since"),
            until=asked_number(request, "until"),
        )
        found = await self._transactions.page(call.operator, query, before=before, before_id=before_id, most=limit + 1)
        return answer_page("transactions", found, limit, describe, lambda each: [each.created_at, each.transaction_id])

    async def show(self, call: Call) -> web.Response:
        """Return one transaction with its story.

        Errors: NotFound.
        """
        return answer_json(describe_story(await self._transactions.story(call.operator, call.named("transaction_id"))))

    async def evidence(self, call: Call) -> web.Response:
        """Return the evidence file.

        Errors: NotFound, Unavailable.
        """
        text = await self._evidence.export(call.operator, call.named("transaction_id"))
        return answer_bytes(text.encode(), "text/plain;charset=UTF-8")


def describe(transaction: ListedTransaction) -> dict[str, Any]:
    """Return what is told of a transaction."""
    return transaction._asdict()


def describe_story(story: Story) -> dict[str, Any]:
    """Return what is told of a transaction and of all that happened in it."""
    return {
        **describe(story.transaction),
        "device_name": story.device_name,
        "device_key_fingerprint": story.key_fingerprint,
        "has_evidence": story.has_evidence,
        "moments": [each._asdict() for each in story.moments],
        "callback": None if story.delivery is None else describe_delivery(story.delivery),
    }
