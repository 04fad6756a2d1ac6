"""`keys list | rotate-server | rotate-signing | rotate-sealing`: the keys that the server holds."""

from __future__ import annotations

import argparse
import sys

from token_server.admin.terminal.server_keys import ServerKeysDesk
from token_server.admin.terminal.telling import Teller
from token_server.app.foundation import Foundation, open_foundation
from token_server.app.happenings import build_happenings
from token_server.commands.families import AddParser, add_action
from token_server.config.settings import Settings
from token_server.domain.operators import TERMINAL
from token_server.flows.resealing import Reseal

SERVER_HELP = """\
Make a new shared OpenPGP key. New enrolments get it; existing enrolments keep speaking to the key they were given.
"""
SIGNING_HELP = """\
Sign access tokens with a new key. Tokens that are out stay good, and the old key stays in the JWKS, until they expire.
"""
SEALING_HELP = """\
Add a new key to the key file and seal every secret in the database with it. Running servers read the key file anew by
themselves. May be interrupted and run again. Distribute the key file to every node first if nodes do not share it.
With --forget-old the earlier keys are removed from the key file at the end: backups of the database from before are
then unreadable without a backup of the key file.
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    add_action(family, "list", shared, list_keys, "show the server's keys, never the secret halves")
    for name, text, command in (
        ("rotate-server", SERVER_HELP, rotate_server_key),
        ("rotate-signing", SIGNING_HELP, rotate_signing_key),
    ):
        add_action(family, name, shared, command, text.partition(".")[0], text)
    sealing = family.add_parser(
        "rotate-sealing",
        parents=[shared],
        help=SEALING_HELP.partition(".")[0],
        description=SEALING_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sealing.set_defaults(command=rotate_sealing_key)
    sealing.add_argument("--forget-old", action="store_true", help="remove the earlier keys at the end")


async def list_keys(settings: Settings, options: argparse.Namespace) -> int:
    """Show the server's keys."""
    async with open_foundation(settings) as base:
        await _desk(base, options).show_all()
    return 0


async def rotate_server_key(settings: Settings, options: argparse.Namespace) -> int:
    """Make a new shared OpenPGP key."""
    async with open_foundation(settings) as base:
        await _desk(base, options).rotate_openpgp()
    return 0


async def rotate_signing_key(settings: Settings, options: argparse.Namespace) -> int:
    """Sign access tokens with a new key."""
    async with open_foundation(settings) as base:
        await _desk(base, options).rotate_signing()
    return 0


async def rotate_sealing_key(settings: Settings, options: argparse.Namespace) -> int:
    """Seal every secret anew."""
    async with open_foundation(settings) as base:
        key_id = base.key_file.rotate()
        count = await Reseal(base.database, base.clock, base.sealer).all(_show_progress, actor=TERMINAL.actor)
        if options.forget_old:
            base.key_file.forget_old()
    print(f"\r{count} secrets are sealed with the key {key_id}.")
    return 0


def _show_progress(done: int) -> None:
    print(f"\r{done} sealed", end="", file=sys.stderr, flush=True)


def _desk(base: Foundation, options: argparse.Namespace) -> ServerKeysDesk:
    return ServerKeysDesk(build_happenings(base).server_keys, Teller(print, as_json=options.json))
