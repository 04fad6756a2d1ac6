"""Reads the location database again when somebody has put another one in its place."""

from __future__ import annotations

import asyncio

from token_server.flows.mobile_authentication.presentation import PresentRequest

PAUSE_S = 5.0


class LocationReader:
    """Looks every few seconds whether the file has changed."""

    def __init__(self, present: PresentRequest, *, pause_s: float = PAUSE_S) -> None:
        """Keep what `present` knows about places up to date."""
        self._present = present
        self._pause_s = pause_s

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._present.refresh_locations()
            await asyncio.sleep(self._pause_s)
