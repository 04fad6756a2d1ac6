"""`devices list | disconnect | revoke | delete`: where a user is signed in, and taking a lost phone away."""

from __future__ import annotations

import argparse

from token_server.app.foundation import open_foundation
from token_server.commands.families import AddParser, add_action
from token_server.commands.transactions import happenings_desk
from token_server.config.settings import Settings

LIST_HELP = "List the devices that a user is on, with the fingerprints of the keys that speak for them."
DISCONNECT_HELP = "Take a user off a device: log-in and enrolment end at once, on every node. Others on it stay."
REVOKE_HELP = "End a user's mobile authentication on a device. They stay logged in, and may enrol again."
DELETE_HELP = """\
Delete a device with everybody on it: credentials, log-ins and enrolments end at once, on every node. The app has to
register anew. The users concerned are listed.
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    listing = add_action(family, "list", shared, list_devices, "list a user's devices", LIST_HELP)
    text = "take a user off a device"
    disconnect = add_action(family, "disconnect", shared, disconnect_user, text, DISCONNECT_HELP)
    text = "end a user's mobile authentication on a device"
    revoke = add_action(family, "revoke", shared, revoke_enrollment, text, REVOKE_HELP)
    delete = add_action(family, "delete", shared, delete_device, "delete a device", DELETE_HELP)
    for each in (listing, disconnect, revoke):
        each.add_argument("user_id")
    for each in (disconnect, revoke, delete):
        each.add_argument("device_id", help="64 upper-case hex characters")


async def list_devices(settings: Settings, options: argparse.Namespace) -> int:
    """List a user's devices."""
    async with open_foundation(settings) as base:
        await happenings_desk(base, options).list_devices(options.user_id)
    return 0


async def disconnect_user(settings: Settings, options: argparse.Namespace) -> int:
    """Take a user off a device."""
    async with open_foundation(settings) as base:
        await happenings_desk(base, options).disconnect(options.user_id, options.device_id)
    return 0


async def revoke_enrollment(settings: Settings, options: argparse.Namespace) -> int:
    """End a user's mobile authentication on a device."""
    async with open_foundation(settings) as base:
        await happenings_desk(base, options).revoke(options.user_id, options.device_id)
    return 0


async def delete_device(settings: Settings, options: argparse.Namespace) -> int:
    """Delete a device."""
    async with open_foundation(settings) as base:
        await happenings_desk(base, options).delete_device(options.device_id)
    return 0
