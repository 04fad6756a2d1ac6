"""Which version of the server this is."""

from __future__ import annotations

from functools import cache
from importlib import metadata


@cache
def version() -> str:
    """This server's version, "0" when it runs without being installed."""
    try:
        return metadata.version("token-server")
    except metadata.PackageNotFoundError:
        return "0"
