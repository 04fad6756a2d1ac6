"""The example portal with a phone beside it: `python -m examples.phone`, set up like examples/portal."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from examples.phone.page import FOOTER, open_phone_page
from examples.portal.portal import running_portal
from examples.portal.settings import read_settings


async def main() -> None:
    """Serve until a signal asks to stop."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stdout)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings, store = read_settings(os.environ), Path(os.environ.get("PHONE_STORE", "phone.json"))
    async with open_phone_page(settings, store) as page, running_portal(settings, page.routes(), FOOTER):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
