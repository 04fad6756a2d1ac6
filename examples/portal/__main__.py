"""The example portal: `python -m examples.portal`, from the folder above `examples`; settings.py says what it needs."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

from examples.portal.portal import running_portal
from examples.portal.settings import read_settings


async def main() -> None:
    """Serve until a signal asks to stop."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stdout)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running_portal(read_settings(os.environ)):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
