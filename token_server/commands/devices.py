"""`devices list | delete`: where a user is signed in, and taking a lost phone away."""

from __future__ import annotations

import argparse
import sys

from token_server.app.foundation import open_foundation
from token_server.commands.families import Families
from token_server.commands.transactions import happenings_desk
from token_server.config.settings import Settings
from token_server.flows.devices import RegisterDevice

LIST_HELP = "List the devices that a user is on, with the fingerprints of the keys that speak for them."
DELETE_HELP = """\
Delete a device with everybody on it: credentials, log-ins and enrolments end at once, on every node. The app has to
register anew. The users concerned are listed.
"""


def add_commands(families: Families, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = families.add_parser("devices", help="phones").add_subparsers(metavar="ACTION", required=True)
    listing = family.add_parser("list", parents=[shared], help="list a user's devices", description=LIST_HELP)
    listing.add_argument("user_id")
    listing.add_argument("--json", action="store_true", help="one JSON object a line, for scripts")
    listing.set_defaults(command=list_devices)
    delete = family.add_parser("delete", parents=[shared], help="delete a device", description=DELETE_HELP)
    delete.add_argument("device_id", help="64 upper-case hex characters")
    delete.set_defaults(command=delete_device)


async def list_devices(settings: Settings, options: argparse.Namespace) -> int:
    """List a user's devices."""
    async with open_foundation(settings) as base:
        await happenings_desk(base, options).list_devices(options.user_id)
    return 0


async def delete_device(settings: Settings, options: argparse.Namespace) -> int:
    """Delete a device."""
    async with open_foundation(settings) as base:
        users = await RegisterDevice(base.database, base.clock, base.keyed_hash).delete(options.device_id)
    if users is None:
        print("There is no such device, or it was deleted before.", file=sys.stderr)
        return 1
    print(f"Deleted. Users who were on it: {', '.join(users) or 'none'}")
    return 0
