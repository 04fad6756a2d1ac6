"""Entries of the audit trail as lines of text: JSON for programs, CSV for spreadsheets. For a terminal and a browser.

{"event_id":"01a2…","occurred_at":1795000000000,"event":"transaction_accepted","actor":"device:4F…",
 "transaction_id":"…","user_id":"alice","device_id":"4F…","detail":{},"personal":null,"sequence":12,"entry_hash":"9f…"}
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson

from token_server.domain.audit_queries import FoundEntry

COLUMNS = (
    "sequence",
    "occurred_at",
    "event",
    "actor",
    "transaction_id",
    "user_id",
    "device_id",
    "detail",
    "personal",
    "event_id",
    "entry_hash",
)
# What a spreadsheet would take for a formula; strangers choose user agents, and portals user ids.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def members_of(found: FoundEntry) -> dict[str, Any]:
    """Return an entry as the members of a JSON object."""
    entry = found.entry._asdict()
    return {
        **entry,
        "detail": parsed(found.entry.detail),
        "personal": None if found.entry.personal is None else parsed(found.entry.personal),
        "sequence": found.sequence,
        "entry_hash": found.entry_hash,
    }


def json_line(found: FoundEntry) -> str:
    """Return an entry as one line of JSON."""
    return orjson.dumps(members_of(found)).decode()


def csv_line(found: FoundEntry) -> str:
    """Return an entry as one line of CSV (RFC 4180), times in ISO 8601."""
    facts = {**found.entry._asdict(), "sequence": found.sequence, "entry_hash": found.entry_hash}
    facts["occurred_at"] = iso_time(found.entry.occurred_at)
    return _csv([_harmless(facts[name]) for name in COLUMNS])


def csv_heading() -> str:
    """Return the first line of a CSV file."""
    return _csv(COLUMNS)


def iso_time(ms: int) -> str:
    """Return a time as people and spreadsheets read it, in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _csv(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell


def parsed(text: str) -> object:
    """Return the members of a detail; what somebody made of it, as the text that it is."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
