"""The audit trail as a file to take away, for a browser and for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum

from aiohttp import web

from token_server.admin.audit_lines import csv_heading, csv_line, json_line
from token_server.domain.audit_queries import FoundEntry
from token_server.web.downloads import send_lines


class ExportFormat(StrEnum):
    """What the file is."""

    CSV = "csv"
    JSON_LINES = "jsonl"


async def send_entries(
    request: web.Request, entries: AsyncIterator[FoundEntry], kind: ExportFormat
) -> web.StreamResponse:
    """Answer with the entries as a file of that kind.

    Errors: what the entries raise before the first of them comes.
    """
    if kind is ExportFormat.CSV:
        return await send_lines(request, _csv(entries), name="audit.csv", media_type="text/csv", end="\r\n")
    return await send_lines(request, _json(entries), name="audit.jsonl", media_type="application/jsonl")


async def send_checkpoints(request: web.Request, lines: AsyncIterator[str]) -> web.StreamResponse:
    """Answer with signed checkpoints."""
    return await send_lines(request, lines, name="audit-checkpoints.jsonl", media_type="application/jsonl")


async def _json(entries: AsyncIterator[FoundEntry]) -> AsyncIterator[str]:
    async for found in entries:
        yield json_line(found)


async def _csv(entries: AsyncIterator[FoundEntry]) -> AsyncIterator[str]:
    heading = csv_heading()
    async for found in entries:
        if heading:
            yield heading
            heading = ""
        yield csv_line(found)
    if heading:
        yield heading
