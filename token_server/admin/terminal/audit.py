"""The desk for auditors: looks into the trail, checks it, takes it along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TextIO

from token_server.admin.audit_lines import csv_heading, csv_line, iso_time, json_line
from token_server.admin.terminal.printable import printable
from token_server.admin.terminal.progress import Bar
from token_server.admin.terminal.telling import Teller
from token_server.domain.audit_chain import Checkpoint
from token_server.domain.audit_queries import AuditQuery, FoundEntry
from token_server.domain.audit_reports import Report
from token_server.domain.operators import TERMINAL
from token_server.flows.audit_checkpoints import ExportCheckpoints
from token_server.flows.audit_search import SearchAuditTrail
from token_server.flows.audit_verification import VerifyAuditTrail

Format = Literal["jsonl", "csv"]
REDRAWN_EVERY = 1_000
LONGEST = 40
COLUMNS = {
    "sequence": "PLACE",
    "at": "TIME",
    "event": "EVENT",
    "actor": "ACTOR",
    "about": "ABOUT",
    "detail_text": "DETAIL",
}


class AuditDesk:
    """Tells it by `teller`; while that takes long, a bar grows on `screen`."""

    def __init__(self, teller: Teller, screen: TextIO) -> None:
        """Tell people or scripts."""
        self._teller = teller
        self._screen = screen

    async def verify(self, trail: VerifyAuditTrail, exported: Sequence[Checkpoint]) -> bool:
        """Check the trail, tell what was found, and return whether it is intact."""
        with Bar("entries", self._screen) as bar:
            report = await trail.verify(TERMINAL, exported=exported, progress=bar)
        self._teller.facts({"is_intact": report.is_intact, **vars(report)}, *_sentences(report, len(exported)))
        return report.is_intact

    async def search(self, trail: SearchAuditTrail, query: AuditQuery, *, most: int) -> None:
        """Show the newest entries that fit."""
        page = await trail.page(TERMINAL, query, most=most)
        if self._teller.as_json:
            for found in page.entries:
                self._teller.say(json_line(found))
            return
        self._teller.table([_row(found) for found in page.entries], COLUMNS, empty="No entry fits.")
        if page.cursor is not None:
            self._teller.sentence("There are more: --most shows them, `audit export` takes all of them along.")

    async def export(self, trail: SearchAuditTrail, query: AuditQuery, form: Format) -> int:
        """Tell every entry that fits, oldest first, and return how many there were."""
        count = 0
        if form == "csv":
            self._teller.say(csv_heading())
        with Bar("entries", self._screen) as bar:
            async for found in trail.export(TERMINAL, query):
                self._teller.say(csv_line(found) if form == "csv" else json_line(found))
                count += 1
                if count % REDRAWN_EVERY == 0:
                    bar(count)
        return count

    async def checkpoints(self, trail: ExportCheckpoints) -> int:
        """Tell every checkpoint as a line of JSON and return how many there were."""
        count = 0
        async for line in trail.lines(TERMINAL):
            self._teller.say(line)
            count += 1
        return count


def _sentences(report: Report, exported: int) -> Iterator[str]:
    yield from (f"FOUND   {printable(finding)}" for finding in report.findings)
    yield from (f"remark  {remark}" for remark in report.remarks)
    held = f" and {exported} that you kept" if exported else ""
    yield (
        f"{report.entries} entries in the chain ({report.erased} erased), {report.unchained} not chained yet, "
        f"{report.checkpoints - exported} checkpoints{held}."
    )
    if not report.is_intact:
        yield "The audit trail is NOT what was written."
        return
    yield "The audit trail is intact."
    if not exported:
        yield "(As far as this database can tell: --from FILE checks it against checkpoints that were kept elsewhere.)"


def _row(found: FoundEntry) -> dict[str, Any]:
    entry = found.entry
    about = entry.user_id or entry.transaction_id or entry.device_id
    return {
        "sequence": found.sequence,
        "at": iso_time(entry.occurred_at),
        "event": printable(entry.event),
        "actor": shortened(entry.actor),
        "about": None if about is None else shortened(about),
        "detail_text": printable(entry.detail),
    }


def shortened(text: str) -> str:
    """Return a text for a column, with the middle left out where it is long: ids of devices have 64 characters."""
    return printable(text if len(text) <= LONGEST else f"{text[: LONGEST - 7]}…{text[-6:]}")
