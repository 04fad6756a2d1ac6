"""Ends transactions whose time has run out, so that their portals are told, and forgets what nobody needs any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from token_server.flows.mobile_authentication.expire import MOST_AT_ONCE, ExpireTransactions

PAUSE_S = 1.0
SWEEPS_BETWEEN_FORGETTING = 60

Forget = Callable[[], Awaitable[int]]


class Sweeper:
    """Sweeps once a second, and at once again while there is much to do; forgets once a minute."""

    def __init__(self, expire: ExpireTransactions, forget: Sequence[Forget] = ()) -> None:
        """Ask that flow to end, and each of `forget` to forget one batch and say how much that was."""
        self._expire = expire
        self._forget = forget

    async def run(self) -> None:
        """Sweep until cancelled."""
        sweeps = 0
        while True:
            while await self._expire.sweep() == MOST_AT_ONCE:
                pass
            if sweeps % SWEEPS_BETWEEN_FORGETTING == 0:
                for forget in self._forget:
                    while await forget():
                        pass
            sweeps += 1
            await asyncio.sleep(PAUSE_S)
