"""The audit trail: search, export, verify, checkpoints.

GET  /audit?user_id=&transaction_id=&event=&actor=&from=&to=     newest first
GET  /audit/export?format=csv|jsonl&…                            everything that fits, oldest first, as it is read
POST /audit/verify                                               walks along the whole chain and shows what was found
GET  /audit/checkpoints                                          to be kept where the database's keeper cannot reach
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from token_server.admin.audit_downloads import ExportFormat, send_checkpoints, send_entries
from token_server.admin.audit_lines import parsed
from token_server.admin.console.doors import Page
from token_server.admin.console.pages import Pages
from token_server.admin.console.story_words import who
from token_server.admin.console.visits import Visit
from token_server.domain.audit_queries import AuditPage, AuditQuery
from token_server.domain.audit_reports import Report
from token_server.domain.errors import InvalidParameter
from token_server.domain.operators import Permission
from token_server.flows.audit_checkpoints import ExportCheckpoints
from token_server.flows.audit_search import SearchAuditTrail
from token_server.flows.audit_verification import VerifyAuditTrail
from token_server.web.queries import asked_text, asked_word

TEXTS = ("user_id", "transaction_id", "event", "actor")
TIMES = {"from": "since", "to": "until"}


class AuditPages:
    """What was written down, and whether it is still that."""

    def __init__(
        self, pages: Pages, search: SearchAuditTrail, verify: VerifyAuditTrail, checkpoints: ExportCheckpoints
    ) -> None:
        """Show `pages`, ask the flows."""
        self._pages = pages
        self._search = search
        self._verify = verify
        self._checkpoints = checkpoints

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page("GET", "/audit", self.list, Permission.SEE_AUDIT),
            Page("GET", "/audit/export", self.export, Permission.EXPORT_AUDIT),
            Page("POST", "/audit/verify", self.verify, Permission.VERIFY_AUDIT),
            Page("GET", "/audit/checkpoints", self.checkpoints, Permission.VERIFY_AUDIT),
        ]

    async def list(self, visit: Visit) -> web.Response:
        """List entries, newest first.

        Errors: InvalidParameter.
        """
        cursor = asked_text(visit.request, "cursor")
        return self._show(visit, await self._search.page(visit.operator, _query(visit), cursor=cursor))

    async def verify(self, visit: Visit) -> web.Response:
        """Walk along the chain and show what was found."""
        report = await self._verify.verify(visit.operator)
        return self._show(visit, await self._search.page(visit.operator, AuditQuery()), report)

    async def export(self, visit: Visit) -> web.StreamResponse:
        """Hand out everything that fits.

        Errors: InvalidParameter.
        """
        kind = asked_word(visit.request, "format", ExportFormat, ExportFormat.JSON_LINES)
        return await send_entries(visit.request, self._search.export(visit.operator, _query(visit)), kind)

    async def checkpoints(self, visit: Visit) -> web.StreamResponse:
        """Hand out the signed checkpoints."""
        return await send_checkpoints(visit.request, self._checkpoints.lines(visit.operator))

    def _show(self, visit: Visit, page: AuditPage, report: Report | None = None) -> web.Response:
        asked = {name: text for name in (*TEXTS, *TIMES) if (text := asked_text(visit.request, name)) is not None}
        following = "" if page.cursor is None else f"/audit?{urlencode({**asked, 'cursor': page.cursor})}"
        return self._pages.show(
            visit,
            "audit.html",
            entries=page.entries,
            asked={**dict.fromkeys((*TEXTS, *TIMES), ""), **asked},
            is_narrowed=bool(asked),
            export=f"/audit/export?{urlencode(asked)}",
            first=f"/audit?{urlencode(asked)}" if "cursor" in visit.request.query else "",
            following=following,
            report=report,
            who=who,
            details=details,
        )


def details(text: str | None) -> list[tuple[str, str]]:
    """Return what an entry says besides, as names and values; what is no object, as it is."""
    said = parsed(text or "{}")
    if not isinstance(said, dict):
        return [("", str(said))]
    return [(str(name).replace("_", " "), str(value)) for name, value in said.items()]


def _query(visit: Visit) -> AuditQuery:
    facts: dict[str, Any] = {name: asked_text(visit.request, name) for name in TEXTS}
    times: dict[str, Any] = {member: _time(visit, name) for name, member in TIMES.items()}
    return AuditQuery(**facts, **times)


def _time(visit: Visit, name: str) -> int | None:
    text = asked_text(visit.request, name)
    if text is None:
        return None
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InvalidParameter(name, "must be a time like 2026-11-22T09:30") from None
