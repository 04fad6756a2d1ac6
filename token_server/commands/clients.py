"""`clients create | list | rotate-secret | disable`: the portals and their credentials."""

from __future__ import annotations

import argparse

from token_server.admin.api_clients import ApiClientsDesk
from token_server.app.foundation import Foundation, open_foundation
from token_server.commands.families import Families
from token_server.config.settings import Settings
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.identifiers import check_name
from token_server.flows.api_clients import ManageApiClients

CREATE_HELP = """\
Make an API client and print its secret, once: only a hash is kept.

  token-server clients create shop --name "Example Shop" --origin https://shop.example

Phones show the name and the origin to whoever is asked to approve, so give the names that people know.
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
    return ApiClientsDesk(ManageApiClients(base.database, base.clock, base.keyed_hash), print)
