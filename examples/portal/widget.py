"""The tag that loads `<qr-login>` from the token server, and the policy under which that is all that gets loaded."""

from __future__ import annotations

import time

from examples.portal.client import TokenServer
from examples.portal.pages import HEADERS, Markup, fill

HASH_KEPT_S = 60  # the module changes when the server is updated; a page with an old hash would refuse the new one


class Widget:
    """Makes the tag, with the hash of the module: whoever gets at the server's files cannot get at our visitors."""

    def __init__(self, server: TokenServer, address: str) -> None:
        self._server = server
        self._address = address
        self._integrity = ""
        self._read_at = float("-inf")

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a page with the widget: one script and one live line come from there, and nothing else."""
        policy = HEADERS["Content-Security-Policy"]
        for name, path in (("script-src", "/widget/v1/qr-login.js"), ("connect-src", "/view/"), ("img-src", "/view/")):
            policy = policy.replace(f"{name} 'self'", f"{name} 'self' {self._address}{path}")
        return {"Content-Security-Policy": policy}

    async def tag(self) -> Markup:
        """Return the tag; the hash stands in the address too, so that no cache brings an old module to a new hash."""
        if time.monotonic() - self._read_at > HASH_KEPT_S:
            self._integrity, self._read_at = await self._server.integrity(), time.monotonic()
        return fill("widget", address=self._address, integrity=self._integrity)
