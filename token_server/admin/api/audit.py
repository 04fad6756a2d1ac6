"""The audit trail over the API.

GET  /api/v1/audit                  ?user_id= &transaction_id= &event= &actor= &since= &until=
GET  /api/v1/audit/export           ?format=csv|jsonl and the same; oldest first, sent while it is read
POST /api/v1/audit/verification     walks along the whole chain; the report
GET  /api/v1/audit/checkpoints      one JSON object a line
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from token_server.admin.api.doors import Call, Operation
from token_server.admin.api.paging import answer_page, asked_cursor, asked_limit
from token_server.admin.audit_downloads import ExportFormat, send_checkpoints, send_entries
from token_server.admin.audit_lines import members_of
from token_server.domain.audit_queries import AuditQuery
from token_server.domain.operators import Permission
from token_server.flows.audit_checkpoints import ExportCheckpoints
from token_server.flows.audit_search import SearchAuditTrail
from token_server.flows.audit_verification import VerifyAuditTrail
from token_server.web.answers import answer_json
from token_server.web.queries import asked_number, asked_text, asked_word

TEXTS = ("user_id", "transaction_id", "event", "actor")


class Audit:
    """The audit trail, for programs."""

    def __init__(self, search: SearchAuditTrail, verify: VerifyAuditTrail, checkpoints: ExportCheckpoints) -> None:
        """Ask the flows."""
        self._search = search
        self._verify = verify
        self._checkpoints = checkpoints

    def operations(self) -> list[Operation]:
        """Return the operations."""
        verify = Permission.VERIFY_AUDIT
        return [
            Operation("GET", "/audit", self.list, Permission.SEE_AUDIT),
            Operation("GET", "/audit/export", self.export, Permission.EXPORT_AUDIT),
            Operation("POST", "/audit/verification", self.verify, verify),
            Operation("GET", "/audit/checkpoints", self.checkpoints, verify),
        ]

    async def list(self, call: Call) -> web.StreamResponse:
        """List entries, newest first.

        Errors: InvalidParameter.
        """
        limit, (place,) = asked_limit(call.request), asked_cursor(call.request, "")
        found = await self._search.page(call.operator, _query(call), cursor=place or None, most=limit + 1)
        return answer_page("entries", found.entries, limit, members_of, lambda each: [each.entry.event_id])

    async def export(self, call: Call) -> web.StreamResponse:
        """Hand out everything that fits.

        Errors: InvalidParameter.
        """
        kind = asked_word(call.request, "format", ExportFormat, ExportFormat.JSON_LINES)
        return await send_entries(call.request, self._search.export(call.operator, _query(call)), kind)

    async def verify(self, call: Call) -> web.StreamResponse:
        """Walk along the chain and return what was found."""
        report = await self._verify.verify(call.operator)
        return answer_json({**vars(report), "is_intact": report.is_intact})

    async def checkpoints(self, call: Call) -> web.StreamResponse:
        """Hand out the signed checkpoints."""
        return await send_checkpoints(call.request, self._checkpoints.lines(call.operator))


def _query(call: Call) -> AuditQuery:
    request = call.request
    facts: dict[str, Any] = {name: asked_text(request, name) for name in TEXTS}
    return AuditQuery(
        **facts,
        since=asked_number(request, "since"),
        until=asked_number(request, "until"),
    )
