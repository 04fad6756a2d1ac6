"""Problem details (RFC 9457) as our channels tell them: with a stable `code`, and the request's id for whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from token_server.web.answers import answer_json
from token_server.web.edge import REQUEST_ID

PROBLEM = "application/problem+json"


def answer_problem(
    request: web.Request,
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> web.Response:
    """Return a problem; `more` are members of its own."""
    body = {
        "type": f"urn:token-server:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request[REQUEST_ID],
        **(more or {}),
    }
    return answer_json(body, status, headers, PROBLEM)
