"""`devices delete`: take a lost phone away."""

from __future__ import annotations

import argparse
import sys

from token_server.app.foundation import open_foundation
from token_server.commands.families import Families
from token_server.config.settings import Settings
from token_server.flows.devices import RegisterDevice

DELETE_HELP = """\
Delete a device with everybody on it: credentials, log-ins and enrolments end at once, on every node. The app has to
register anew. The users concerned are listed.
"""


def add_commands(families: Families, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = families.add_parser("devices", help="phones").add_subparsers(metavar="ACTION", required=True)
    delete = family.add_parser("delete", parents=[shared], help="delete a device", description=DELETE_HELP)
    delete.add_argument("device_id", help="64 upper-case hex characters")
    delete.set_defaults(command=delete_device)


async def delete_device(settings: Settings, options: argparse.Namespace) -> int:
    """Delete a device."""
    async with open_foundation(settings) as base:
        users = await RegisterDevice(base.database, base.clock, base.keyed_hash).delete(options.device_id)
    if users is None:
        print("There is no such device, or it was deleted before.", file=sys.stderr)
        return 1
    print(f"Deleted. Users who were on it: {', '.join(users) or 'none'}")
    return 0
