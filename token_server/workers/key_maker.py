"""Makes server keys ahead in idle moments, so that a burst of enrolments with unique keys does not wait for them."""

from __future__ import annotations

import asyncio

from token_server.flows.configuration import ReadConfiguration
from token_server.flows.server_keys import ServerKeys

PAUSE_S = 0.01
REST_S = 1.0
# A sleep that lasts this much longer than asked for means that others want the processor: let them have it.
BUSY_S = 0.002


class KeyMaker:
    """Keeps the small pool of spare keys full while unique keys are asked for."""

    def __init__(self, keys: ServerKeys, configuration: ReadConfiguration) -> None:
        """Fill the pool of `keys`."""
        self._keys = keys
        self._configuration = configuration

    async def run(self) -> None:
        """Make keys until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            config = (await self._configuration.snapshot()).mobile_config
            if not config.unique_pgp_keys_per_enrollment or not self._keys.make_spare():
                await asyncio.sleep(REST_S)
                continue
            asked_at = loop.time()
            await asyncio.sleep(PAUSE_S)
            while loop.time() - asked_at > PAUSE_S + BUSY_S:
                asked_at = loop.time()
                await asyncio.sleep(PAUSE_S)
