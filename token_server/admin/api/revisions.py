"""Two programs change one thing: each names the revision it read, and the second is told (RFC 9110 section 13.1.1).

GET …        200, ETag: "7"
PATCH …      If-Match: "7"      428 without it, 412 when it is not the newest, else 200 with ETag: "8"
"""

from __future__ import annotations

import re

from aiohttp import web

from token_server.domain.errors import ChangedMeanwhile, InputError

_ETAG = re.compile(r'"(\d{1,15})"')


class RevisionMissing(InputError):
    """The request has to say which revision it changes."""


def etag(revision: int) -> dict[str, str]:
    """Return the header that names a revision."""
    return {"ETag": f'"{revision}"'}


def required_revision(request: web.Request) -> int:
    """Return the revision that the request changes.

    Errors: RevisionMissing; ChangedMeanwhile for one that nothing of ours ever has.
    """
    sent = request.headers.get("If-Match")
    if sent is None:
        problem = 'Say which revision you read: If-Match: "7", from its ETag'
        raise RevisionMissing(problem)
    found = _ETAG.fullmatch(sent.strip())
    if found is None:
        problem = "No revision of this is called so"
        raise ChangedMeanwhile(problem)
    return int(found[1])
