"""Ends transactions whose time has run out, so that their portals are told, and forgets dead registration codes."""

from __future__ import annotations

import asyncio

from token_server.flows.mobile_authentication.expire import MOST_AT_ONCE, ExpireTransactions

PAUSE_S = 1.0
SWEEPS_BETWEEN_FORGETTING = 600


class Sweeper:
    """Sweeps once a second, and at once again while there is much to do."""

    def __init__(self, expire: ExpireTransactions) -> None:
        """Ask that flow to do the work."""
        self._expire = expire

    async def run(self) -> None:
        """Sweep until cancelled."""
        sweeps = 0
        while True:
            while await self._expire.sweep() == MOST_AT_ONCE:
                pass
            if sweeps % SWEEPS_BETWEEN_FORGETTING == 0:
                while await self._expire.forget_registration_codes() == MOST_AT_ONCE:
                    pass
            sweeps += 1
            await asyncio.sleep(PAUSE_S)
