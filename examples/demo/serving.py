"""The server, the portal and a phone in a window, left running for a person with a browser."""

from __future__ import annotations

import asyncio
from pathlib import Path

from examples.demo.stage import BANK, Stage, set_stage

EXPIRES_IN_S = 120
# What people expect; other ports are taken when these are not free.
SERVER_PORT, PORTAL_PORT = 8080, 8000
GUIDE = """
  {bank} is open. Two windows, one minute:

    the portal   {portal}
    a phone      {portal}/phone

  1. On the phone: press "Link it". The phone belongs to alice now.
  2. On the portal: press "Sign in with your phone". The code changes every second.
  3. On the phone: press "Scan the other window", look who asks, and accept. You are in.
  4. On the portal: press "Pay 25.00 euro". This time the page shows two digits to type on the phone.

  Try also: deny, "This was not me", wrong digits, a screenshot of the code that you drop on the phone
  six seconds later, a real camera, {portal}/link for another user.

  Token server: {server}   its log: {log}
  The portal's side, signed callbacks and results: {portal_log}
  Everything is in {folder}, listens to this machine alone, and goes away with Ctrl-C.
"""


async def serve(folder: Path) -> None:
    """Run until cancelled.

    Errors: ChildFailed.
    """
    stage = set_stage(
        folder,
        expires_in_s=EXPIRES_IN_S,
        server_port=SERVER_PORT,
        portal_port=PORTAL_PORT,
        program="examples.phone",
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
            portal_log=stage.folder / "portal.log",
        ),
        flush=True,
    )
