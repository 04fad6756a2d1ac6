"""`user erase`: a user who wants to be forgotten."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from token_server.admin.terminal.erasure import ErasureDesk
from token_server.admin.terminal.telling import Teller
from token_server.app.audit import build_audit
from token_server.app.foundation import open_foundation
from token_server.commands.asking import agreed
from token_server.commands.families import AddParser
from token_server.config.settings import Settings

ERASE_HELP = """\
Erase everything that names a user: profiles, enrolments, devices that only they used, transactions with their evidence,
and the names in the audit trail. Its entries stay, and `audit verify` holds. Shows what will go, and asks.

  token-server user erase alice

Servers may go on meanwhile. It may be stopped at any time, and started again. Have the portals forget the user first:
otherwise they can send them back here. Backups from before still name them.
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    erase = family.add_parser(
        "erase",
        parents=[shared],
        help="erase everything that names a user",
        description=ERASE_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    erase.add_argument("user_id")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    erase.add_argument("--json", action="store_true", help="JSON, for scripts")
    erase.set_defaults(command=erase_user)


async def erase_user(settings: Settings, options: argparse.Namespace) -> int:
    """Erase a user."""
    async with open_foundation(settings) as base:
        desk = ErasureDesk(build_audit(base).erase, Teller(print, as_json=options.json), sys.stderr)
        agree = partial(agreed, f"Erase {options.user_id}?", yes=options.yes)
        return 0 if await desk.erase(options.user_id, agree) else 1
