"""Which version of the server this is."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """This server's version, "0" when it runs without being installed."""
    try:
        return metadata.version("token-server")
    except metadata.PackageNotFoundError:
        return "0"
