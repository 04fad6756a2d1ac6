"""The logo of the portal that asks: fetched from our own server, and shown only if it is the one that the phone signs.

The challenge document says `"logo": {"url": …, "sha256": …}`. Whatever host the address names, only its path is asked
for, at the server that the phone knows; and only octets of that hash are handed on. So a picture cannot lead the phone
elsewhere, and cannot be another one than the signature covers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sdk_stub.errors import SdkError
from sdk_stub.transport import Request, Transport

LONGEST_WAIT_S = 5.0
OK = 200


async def fetch_logo(transport: Transport, portal: Mapping[str, Any]) -> bytes | None:
    """Return the PNG of an event's `portal`; None when there is none, or it cannot be had, or is another."""
    logo = portal.get("logo")
    if logo is None:
        return None
    try:
        answer = await transport.send(Request("GET", urlsplit(logo["url"]).path, timeout_s=LONGEST_WAIT_S))
    except (SdkError, ValueError):  # nobody there, or no address
        return None
    is_it = answer.status == OK and hashlib.sha256(answer.body).hexdigest() == logo["sha256"]
    return answer.body if is_it else None
