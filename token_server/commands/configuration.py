"""`config show | set`: what is configured in the database."""

from __future__ import annotations

import argparse

from token_server.admin.terminal.configuration import ConfigurationDesk
from token_server.app.foundation import Foundation, open_foundation
from token_server.commands.families import Families
from token_server.config.settings import Settings
from token_server.flows.administration.mobile_config import ManageMobileConfig

SET_HELP = """\
Change one field of the system features or the general mobile config, on all nodes within a second.

  token-server config set enrollment_enabled false

It stays until somebody changes it again, here or by editing the configuration file.
"""


def add_commands(families: Families, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = families.add_parser("config", help="what is configured in the database").add_subparsers(
        metavar="ACTION", required=True
    )
    show = family.add_parser("show", parents=[shared], help="show everything that portals and phones meet")
    show.set_defaults(command=show_configuration)
    change = family.add_parser(
        "set",
        parents=[shared],
        help="change one field of the mobile config",
        description=SET_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    change.add_argument("name")
    change.add_argument("value")
    change.set_defaults(command=set_field)


async def show_configuration(settings: Settings, _: argparse.Namespace) -> int:
    """Print the configuration in force."""
    async with open_foundation(settings) as base:
        await _desk(base).show()
    return 0


async def set_field(settings: Settings, options: argparse.Namespace) -> int:
    """Change one field."""
    async with open_foundation(settings) as base:
        await _desk(base).change(options.name, options.value)
    return 0


def _desk(base: Foundation) -> ConfigurationDesk:
    mobile_config = ManageMobileConfig(base.database, base.clock, base.configuration)
    return ConfigurationDesk(base.configuration, mobile_config, print)
