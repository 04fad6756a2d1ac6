"""`admin create | list | disable | reset-second-factor`: the people at the admin's desk."""

from __future__ import annotations

import argparse

from token_server.admin.terminal.operators import OperatorsDesk
from token_server.app.foundation import Foundation, open_foundation
from token_server.commands.families import AddParser
from token_server.config.settings import Settings
from token_server.domain.operators import Role
from token_server.flows.administration.operators import ManageOperators

CREATE_HELP = """\
Make an operator and print a link, once, with which they choose a password and enrol a second factor.

  token-server admin create anna --role owner

There is no default password: without an operator nobody comes in.
"""
RESET_HELP = """\
For somebody whose phone is lost: password, second factor, recovery codes and sessions end, and a new set-up link is
printed.
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    told = argparse.ArgumentParser(add_help=False, parents=[shared])
    told.add_argument("--json", action="store_true", help="one JSON object a line, for scripts")
    style = argparse.RawDescriptionHelpFormatter
    create = family.add_parser(
        "create", parents=[told], help="make an operator", description=CREATE_HELP, formatter_class=style
    )
    create.add_argument("name")
    create.add_argument("--role", required=True, type=Role, metavar="ROLE", help=f"what they may do: {', '.join(Role)}")
    create.set_defaults(command=create_operator)
    listing = family.add_parser("list", parents=[told], help="show all operators")
    listing.set_defaults(command=list_operators)
    disable = family.add_parser("disable", parents=[told], help="let an operator in no more")
    disable.add_argument("name")
    disable.set_defaults(command=disable_operator)
    reset = family.add_parser(
        "reset-second-factor", parents=[told], help="let an operator start over", description=RESET_HELP
    )
    reset.add_argument("name")
    reset.set_defaults(command=reset_second_factor)


async def create_operator(settings: Settings, options: argparse.Namespace) -> int:
    """Make an operator and print the set-up link."""
    async with open_foundation(settings) as base:
        await _desk(base, options).create(options.name, options.role)
    return 0


async def list_operators(settings: Settings, options: argparse.Namespace) -> int:
    """Print every operator."""
    async with open_foundation(settings) as base:
        await _desk(base, options).show_all()
    return 0


async def disable_operator(settings: Settings, options: argparse.Namespace) -> int:
    """Let an operator in no more."""
    async with open_foundation(settings) as base:
        await _desk(base, options).disable(options.name)
    return 0


async def reset_second_factor(settings: Settings, options: argparse.Namespace) -> int:
    """Let an operator start over and print the new set-up link."""
    async with open_foundation(settings) as base:
        await _desk(base, options).reset_second_factor(options.name)
    return 0


def _desk(base: Foundation, options: argparse.Namespace) -> OperatorsDesk:
    operators = ManageOperators(base.database, base.clock, base.keyed_hash)
    return OperatorsDesk(operators, print, base_url=base.settings.admin.address(), as_json=options.json)
