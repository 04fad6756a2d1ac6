"""The preference `wait` (RFC 7240 section 4.3): how long a caller likes to wait for news."""

from __future__ import annotations

import re

from aiohttp import web

LONGEST_WAIT_S = 60
_WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?:[;,]|$)", re.IGNORECASE)


def preferred_wait_s(request: web.Request) -> int:
    """Return the seconds that the caller prefers to wait, at most a minute; 0 without a usable preference."""
    found = _WAIT.search(",".join(request.headers.getall("Prefer", [])))
    return min(int(found.group(1)), LONGEST_WAIT_S) if found else 0
