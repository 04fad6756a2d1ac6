"""`clients create | list | rotate-secret | disable | callback-secret | rotate-callback-secret`: the portals."""

from __future__ import annotations

import argparse

from token_server.admin.terminal.api_clients import ApiClientsDesk
from token_server.admin.terminal.callback_secrets import CallbackSecretsDesk
from token_server.app.foundation import Foundation, open_foundation
from token_server.commands.durations import read_duration_s
from token_server.commands.families import Families
from token_server.config.settings import Settings
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.identifiers import check_name
from token_server.flows.api_clients import ManageApiClients
from token_server.flows.callback_secrets import USUAL_OVERLAP_S, CallbackSecrets

CREATE_HELP = """\
Make an API client and print its secret, once: only a hash is kept.

  token-server clients create shop --name "Example Shop" --origin https://shop.example

Phones show the name and the origin to whoever is asked to approve, so give the names that people know.
"""
ROTATE_HELP = """\
Make a new secret by which a client checks callbacks, and print it. Callbacks carry signatures by the new and the old
one until the overlap ends: give the new one to the portal meanwhile, and nothing is refused.

  token-server clients rotate-callback-secret shop --overlap 24h

When a secret was stolen, --overlap 0 ends it now, and with it every other that still signs.
"""


def add_commands(families: Families, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = families.add_parser("clients", help="portals and their credentials").add_subparsers(
        metavar="ACTION", required=True
    )
    style = argparse.RawDescriptionHelpFormatter
    create = family.add_parser(
        "create", parents=[shared], help="make an API client", description=CREATE_HELP, formatter_class=style
    )
    create.add_argument("client_id")
    create.add_argument("--name", required=True, help="what phones show as the portal's name")
    create.add_argument("--origin", required=True, help="what phones show as the portal's address")
    create.add_argument(
        "--valid-for",
        nargs="+",
        type=Right,
        default=list(Right),
        metavar="API",
        help=f"the APIs it may call: {', '.join(Right)} (default: all)",
    )
    create.set_defaults(command=create_client)
    listing = family.add_parser("list", parents=[shared], help="show all API clients")
    listing.set_defaults(command=list_clients)
    rotate = family.add_parser("rotate-secret", parents=[shared], help="make a new secret; the old one ends at once")
    rotate.add_argument("client_id")
    rotate.set_defaults(command=rotate_secret)
    disable = family.add_parser("disable", parents=[shared], help="let a client in no more")
    disable.add_argument("client_id")
    disable.set_defaults(command=disable_client)
    _add_callback_secrets(family, shared)


def _add_callback_secrets(family: Families, shared: argparse.ArgumentParser) -> None:
    style = argparse.RawDescriptionHelpFormatter
    show = family.add_parser("callback-secret", parents=[shared], help="show what a client checks callbacks by")
    show.add_argument("client_id")
    show.set_defaults(command=show_callback_secret)
    rotate = family.add_parser(
        "rotate-callback-secret",
        parents=[shared],
        help="sign callbacks with a new secret, and for a while with the old one too",
        description=ROTATE_HELP,
        formatter_class=style,
    )
    rotate.add_argument("client_id")
    rotate.add_argument(
        "--overlap",
        type=read_duration_s,
        default=USUAL_OVERLAP_S,
        metavar="TIME",
        help="how long the old one signs too, like 24h, 30m or 0 (default: 24h, at most 7d)",
    )
    rotate.set_defaults(command=rotate_callback_secret)


async def show_callback_secret(settings: Settings, options: argparse.Namespace) -> int:
    """Print what a client checks callbacks by."""
    async with open_foundation(settings) as base:
        await _callback_secrets(base).show(options.client_id)
    return 0


async def rotate_callback_secret(settings: Settings, options: argparse.Namespace) -> int:
    """Make a new secret for callbacks and print it."""
    async with open_foundation(settings) as base:
        await _callback_secrets(base).rotate(options.client_id, overlap_s=options.overlap)
    return 0


async def create_client(settings: Settings, options: argparse.Namespace) -> int:
    """Make a client and print its secret."""
    client = ApiClient(
        options.client_id,
        check_name("--name", options.name),
        check_name("--origin", options.origin),
        frozenset(options.valid_for),
    )
    async with open_foundation(settings) as base:
        await _desk(base).create(client)
    return 0


async def rotate_secret(settings: Settings, options: argparse.Namespace) -> int:
    """Make a new secret and print it."""
    async with open_foundation(settings) as base:
        await _desk(base).rotate_secret(options.client_id)
    return 0


async def disable_client(settings: Settings, options: argparse.Namespace) -> int:
    """Let a client in no more."""
    async with open_foundation(settings) as base:
        await _desk(base).disable(options.client_id)
    return 0


async def list_clients(settings: Settings, _: argparse.Namespace) -> int:
    """Print every client."""
    async with open_foundation(settings) as base:
        await _desk(base).show_all()
    return 0


def _desk(base: Foundation) -> ApiClientsDesk:
    return ApiClientsDesk(ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer), print)


def _callback_secrets(base: Foundation) -> CallbackSecretsDesk:
    return CallbackSecretsDesk(CallbackSecrets(base.database, base.clock, base.sealer), print)
