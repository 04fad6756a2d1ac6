"""`keys rotate-server | rotate-signing | rotate-sealing`: the keys that the server holds."""

from __future__ import annotations

import argparse
import sys

from token_server.app.foundation import open_foundation
from token_server.commands.families import Families
from token_server.config.settings import Settings
from token_server.flows.access_tokens import AccessTokens
from token_server.flows.resealing import Reseal
from token_server.flows.server_keys import ServerKeys

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


def add_commands(families: Families, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = families.add_parser("keys", help="rotate the server's keys").add_subparsers(
        metavar="ACTION", required=True
    )
    style = argparse.RawDescriptionHelpFormatter
    for name, text, command in (
        ("rotate-server", SERVER_HELP, rotate_server_key),
        ("rotate-signing", SIGNING_HELP, rotate_signing_key),
        ("rotate-sealing", SEALING_HELP, rotate_sealing_key),
    ):
        parser = family.add_parser(
            name, parents=[shared], help=text.partition(".")[0], description=text, formatter_class=style
        )
        parser.set_defaults(command=command)
        if command is rotate_sealing_key:
            parser.add_argument("--forget-old", action="store_true", help="remove the earlier keys at the end")


async def rotate_server_key(settings: Settings, _: argparse.Namespace) -> int:
    """Make a new shared OpenPGP key."""
    async with open_foundation(settings) as base:
        key = await ServerKeys(base.database, base.clock, base.sealer).rotate_shared()
    print(f"New enrolments get the server key {key.fingerprint}.")
    return 0


async def rotate_signing_key(settings: Settings, _: argparse.Namespace) -> int:
    """Sign access tokens with a new key."""
    async with open_foundation(settings) as base:
        tokens = AccessTokens(
            base.database,
            base.clock,
            base.sealer,
            issuer=settings.server.issuer(),
            lifetime_s=settings.mobile_api.access_token_s,
        )
        key_id = await tokens.rotate()
    print(f"Access tokens are signed by {key_id}; running servers change over within ten seconds.")
    return 0


async def rotate_sealing_key(settings: Settings, options: argparse.Namespace) -> int:
    """Seal every secret anew."""
    async with open_foundation(settings) as base:
        key_id = base.key_file.rotate()
        count = await Reseal(base.database, base.clock, base.sealer).all(_show_progress)
        if options.forget_old:
            base.key_file.forget_old()
    print(f"\r{count} secrets are sealed with the key {key_id}.")
    return 0


def _show_progress(done: int) -> None:
    print(f"\r{done} sealed", end="", file=sys.stderr, flush=True)
