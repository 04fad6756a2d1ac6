"""Answers as every channel gives them: never cached, JSON in UTF-8."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

# The vendor's own words on every answer (reference: portal API section 2.1).
NEVER_STORE = {"Cache-Control": "no-cache, no-store, must-revalidate", "Pragma": "no-cache"}
JSON_UTF8 = "application/json;charset=UTF-8"


def answer_json(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = JSON_UTF8
) -> web.Response:
    """Return a JSON answer that no cache keeps."""
    return answer_bytes(orjson.dumps(body), media_type, status, headers)


def answer_bytes(
    body: bytes, media_type: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return an answer of any media type that no cache keeps."""
    return web.Response(
        body=body, status=status, headers={**NEVER_STORE, "Content-Type": media_type, **(headers or {})}
    )


def answer_nothing() -> web.Response:
    """Return 204 No Content."""
    return web.Response(status=204, headers=NEVER_STORE)
