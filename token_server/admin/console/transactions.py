"""Transactions: what is happening, and the whole story of one.

GET  /transactions?state=&type=&client_id=&user_id=&within=    newest first, renewed by itself
GET  /transactions/{id}                                        its time line
GET  /transactions/{id}/evidence                               the evidence file
POST /transactions/{id}/verify                                 checks the evidence and shows what was found
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from token_server.admin.console.doors import Page
from token_server.admin.console.pages import Pages
from token_server.admin.console.story_words import STATES, duration, steps
from token_server.admin.console.visits import Visit
from token_server.clock import Clock
from token_server.domain.operators import Permission
from token_server.domain.transaction_stories import TransactionQuery
from token_server.domain.transactions import State
from token_server.flows.administration.transactions import LATEST, SeeTransactions
from token_server.flows.evidence import ExportEvidence
from token_server.flows.evidence_verification import EvidenceReport, verify_evidence
from token_server.visitors.user_agents import UserAgents
from token_server.web.queries import asked_number, asked_text, asked_word

TRANSACTION = "/transactions/{transaction_id:[A-Za-z0-9_-]+}"
PAGE = 50
TEXTS = ("state", "type", "client_id", "user_id")


class Within(StrEnum):
    """How far back somebody looks."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    EVER = "ever"


SPANS_MS = {Within.HOUR: 3_600_000, Within.DAY: 86_400_000, Within.WEEK: 604_800_000}


class TransactionPages:
    """The list of transactions and their stories."""

    def __init__(
        self,
        pages: Pages,
        clock: Clock,
        transactions: SeeTransactions,
        evidence: ExportEvidence,
        user_agents: UserAgents,
        *,
        server_key: str,
    ) -> None:
        """Show `pages`, ask the flows; evidence has to be countersigned by `server_key`."""
        self._user_agents = user_agents
        self._pages = pages
        self._clock = clock
        self._transactions = transactions
        self._evidence = evidence
        self._server_key = server_key

    def pages(self) -> list[Page]:
        """Return the pages."""
        see, export = Permission.SEE_TRANSACTIONS, Permission.EXPORT_EVIDENCE
        return [
            Page("GET", "/transactions", self.list, see),
            Page("GET", TRANSACTION, self.story, see),
            Page("GET", f"{TRANSACTION}/evidence", self.evidence, export),
            Page("POST", f"{TRANSACTION}/verify", self.verify, export),
        ]

    async def list(self, visit: Visit) -> web.Response:
        """List transactions, newest first.

        Errors: InvalidParameter.
        """
        request = visit.request
        asked: dict[str, Any] = {name: text for name in TEXTS if (text := asked_text(request, name)) is not None}
        within = asked_word(request, "within", Within, Within.EVER)
        since = self._clock.now_ms() - SPANS_MS[within] if within in SPANS_MS else None
        before, before_id = asked_number(request, "before"), asked_text(request, "before_id")
        found = await self._transactions.page(
            visit.operator,
            TransactionQuery(**asked, since=since),
            before=LATEST if before is None else before,
            before_id=before_id or "",
            most=PAGE + 1,
        )
        kept = {**asked, "within": within.value}
        following = ""
        if len(found) > PAGE:
            last = found[PAGE - 1]
            place = {"before": last.created_at, "before_id": last.transaction_id}
            following = f"/transactions?{urlencode({**kept, **place})}"
        return self._pages.show(
            visit,
            "transactions.html",
            transactions=found[:PAGE],
            states=STATES,
            state_options=[("", "Any"), *((each.value, STATES[each][0]) for each in State)],
            asked={**dict.fromkeys(TEXTS, ""), **kept},
            is_narrowed=bool(asked) or within is not Within.EVER,
            first=f"/transactions?{urlencode(kept)}" if before is not None else "",
            following=following,
            duration=duration,
        )

    async def story(self, visit: Visit) -> web.Response:
        """Tell one transaction's story.

        Errors: NotFound.
        """
        return await self._show(visit, report=None)

    async def evidence(self, visit: Visit) -> web.Response:
        """Hand the evidence file out.

        Errors: NotFound, Unavailable.
        """
        transaction_id = visit.named("transaction_id")
        text = await self._evidence.export(visit.operator, transaction_id)
        headers = {"Content-Disposition": f'attachment; filename="evidence-{transaction_id}.txt"'}
        return web.Response(text=text, content_type="text/plain", headers=headers)

    async def verify(self, visit: Visit) -> web.Response:
        """Check the evidence as anybody could who has the file.

        Errors: NotFound, Unavailable.
        """
        text = await self._evidence.export(visit.operator, visit.named("transaction_id"))
        return await self._show(visit, report=verify_evidence(text, server_key=self._server_key))

    async def _show(self, visit: Visit, *, report: EvidenceReport | None) -> web.Response:
        story = await self._transactions.story(visit.operator, visit.named("transaction_id"))
        software = self._user_agents.read(story.transaction.user_agent or "")
        values: dict[str, Any] = {"story": story, "it": story.transaction, "report": report, "software": software}
        return self._pages.show(
            visit, "transaction.html", steps=steps(story.moments), states=STATES, duration=duration, **values
        )
