"""`transactions list | show`: what happens, and the whole story of one login."""

from __future__ import annotations

import argparse

from token_server.admin.terminal.happenings import HappeningsDesk
from token_server.admin.terminal.telling import Teller
from token_server.app.foundation import Foundation, open_foundation
from token_server.app.happenings import build_happenings
from token_server.commands.families import AddParser
from token_server.config.settings import Settings
from token_server.domain.transaction_stories import TransactionQuery

LIST_HELP = """\
List the newest transactions, those that fit everything that is asked for.

  token-server transactions list --user alice --state denied
"""
SHOW_HELP = """\
Show one transaction and all that happened in it, in order: who started it, refused scans, the answer, callbacks.
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    style = argparse.RawDescriptionHelpFormatter
    listing = family.add_parser(
        "list", parents=[shared], help="list transactions", description=LIST_HELP, formatter_class=style
    )
    for name in ("state", "type", "client", "user"):
        listing.add_argument(f"--{name}", help=f"only of this {name}")
    listing.add_argument("--most", type=int, default=50, help="how many, at most (50)")
    listing.set_defaults(command=list_transactions)
    show = family.add_parser("show", parents=[shared], help="show one transaction", description=SHOW_HELP)
    show.add_argument("transaction_id")
    show.set_defaults(command=show_transaction)
    for parser in (listing, show):
        parser.add_argument("--json", action="store_true", help="one JSON object a line, for scripts")


async def list_transactions(settings: Settings, options: argparse.Namespace) -> int:
    """List transactions."""
    query = TransactionQuery(state=options.state, type=options.type, client_id=options.client, user_id=options.user)
    async with open_foundation(settings) as base:
        await happenings_desk(base, options).list_transactions(query, most=max(1, options.most))
    return 0


async def show_transaction(settings: Settings, options: argparse.Namespace) -> int:
    """Show one transaction."""
    async with open_foundation(settings) as base:
        await happenings_desk(base, options).show_transaction(options.transaction_id)
    return 0


def happenings_desk(base: Foundation, options: argparse.Namespace) -> HappeningsDesk:
    """Return the desk that tells what happens."""
    happenings = build_happenings(base)
    return HappeningsDesk(happenings.transactions, happenings.users, Teller(print, as_json=options.json))
