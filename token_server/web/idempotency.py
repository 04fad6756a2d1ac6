"""The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): what a retry is recognised by."""

from __future__ import annotations

import re

from aiohttp import web

from token_server.domain.errors import InvalidParameter

HEADER = "Idempotency-Key"
_USABLE = re.compile(r"[ -~]{1,255}")


def idempotency_key(request: web.Request) -> str | None:
    """Return the key, taken as it stands; None for a request without.

    Errors: InvalidParameter.
    """
    if HEADER not in request.headers:
        return None
    key, *others = request.headers.getall(HEADER)
    if others or not _USABLE.fullmatch(key):
        raise InvalidParameter(HEADER, "must be 1 to 255 printable ASCII characters, and sent once")
    return key
