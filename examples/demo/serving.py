"""The server and the portal, left running for a person with a browser."""

from __future__ import annotations

import asyncio
from pathlib import Path

from examples.demo.stage import BANK, Stage, set_stage

EXPIRES_IN_S = 120
# What people expect; other ports are taken when these are not free.
SERVER_PORT, PORTAL_PORT = 8080, 8000
GUIDE = """
  {bank} is open:   {portal}
  Token server:           {server}   (log: {log})

  1. Link a phone. Open {portal}/link, type a user name, and get a code. Then, in another
     terminal, with the code from the page behind it:

       {enrol} tsc_...

  2. Sign in. Open {portal} and press the button. Save the QR code as a picture, or open
     "Use a terminal as the phone" under it and copy the command, which holds the code's text:

       {scan} FILE

     It shows who asks for what, and wants a yes or a no.

  Everything is in {folder} and goes away with Ctrl-C.
"""


async def serve(folder: Path) -> None:
    """Run until cancelled.

    Errors: ChildFailed.
    """
    stage = set_stage(
        folder, expires_in_s=EXPIRES_IN_S, server_port=SERVER_PORT, portal_port=PORTAL_PORT, shows_commands=True
    )
    async with stage as running:
        _show_guide(running)
        await asyncio.gather(running.server.ended(), running.portal.ended())


def _show_guide(stage: Stage) -> None:
    print(
        GUIDE.format(
            bank=BANK,
            portal=stage.portal_url,
            server=stage.server_url,
            folder=stage.folder,
            log=stage.folder / "server.log",
            **stage.terminal,
        ),
        flush=True,
    )
