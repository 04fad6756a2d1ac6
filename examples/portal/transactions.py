"""Questions to a user's phone: start one, let the browser watch it, fetch what became of it.

browser                        portal                          token server                phone
POST …/start ────────────────▸ start a transaction, open a view ▸
     ◂──────── {"view_url"}
the widget watches the view · · · · · · · · · · · · · · · · · ·▸                    ◂─────── scans, answers
                               POST /callback ◂─────────────── "it has ended"
GET  …/finish ───────────────▸ fetch the result ──────────────▸
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import web

from examples.portal.client import TokenServer

log = logging.getLogger("portal")


@dataclass
class Transaction:
    """One question, as the browser session that asked it keeps it; `result` when it has ended and was fetched."""

    transaction_id: str
    view_url: str
    result: dict[str, Any] | None = None

    @property
    def user(self) -> str | None:
        """The user who said yes; None when nobody did."""
        return str(self.result["user_id"]) if self.result and self.result["is_authenticated"] else None

    @property
    def reason(self) -> str:
        """Why nobody said yes."""
        told: dict[str, str] = (self.result or {}).get("not_authenticated_reason", {})
        return told.get("reason", "expired")


class Transactions:
    """Starts transactions and fetches their results."""

    def __init__(self, server: TokenServer, callback_uri: str) -> None:
        self._server = server
        self._callback_uri = callback_uri
        self._open: WeakValueDictionary[str, Transaction] = WeakValueDictionary()

    async def start(self, request: web.Request, kind: str, message: str) -> Transaction:
        """Start a transaction of that type for that browser; whoever calls ties it to the browser's session."""
        started = await self._server.start(
            type=kind,
            callback_uri=self._callback_uri,
            message=message,
            # The phone shows these two, so that its owner can tell this browser from somebody else's. Behind a proxy
            # of yours, take the address from the header that the proxy sets.
            ip_address=request.remote or "",
            user_agent=request.headers.get("User-Agent", ""),
        )
        transaction_id = started["transaction_id"]
        transaction = Transaction(transaction_id, await self._server.open_view(transaction_id))
        self._open[transaction_id] = transaction
        return transaction

    async def has_ended(self, transaction: Transaction) -> bool:
        """Fetch the result if it is not here yet; tell whether there is one."""
        if transaction.result is None:
            transaction.result = await self._server.result(transaction.transaction_id)
        return transaction.result is not None

    async def hear(self, transaction_id: str) -> None:
        """Fetch the result of a transaction of which a callback said that it has ended, if somebody still waits."""
        transaction = self._open.get(transaction_id)
        if transaction is not None and await self.has_ended(transaction):
            log.info("result: %s", json.dumps(transaction.result))
