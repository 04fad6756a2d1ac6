"""Web origins (RFC 6454): what phones show as a portal's address, and whose pages may watch its logins."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from token_server.domain.errors import InvalidParameter


def check_origin(parameter: str, origin: str) -> str:
    """Return the origin unchanged: scheme, host and port, without path; http only for this machine itself.

    Source: RFC 6454 section 6.2.
    Errors: InvalidParameter.
    """
    parts = split_url(origin)
    if parts is None or parts.path or parts.query or parts.fragment or parts.username is not None:
        raise InvalidParameter(parameter, f"must be an origin like https://portal.example.com, not {origin!r}")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname or "")):
        return origin
    raise InvalidParameter(parameter, f"must begin with https:// (http:// is only for localhost), not {origin!r}")


def split_url(text: str) -> SplitResult | None:
    """Return the parts of an absolute http(s) URL in plain characters; None for anything else."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable and text.isascii() and text.isprintable() and " " not in text else None


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
