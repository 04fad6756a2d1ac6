"""`applications …`: which apps may register, version by version."""

from __future__ import annotations

import argparse

from token_server.admin.terminal.applications import ApplicationsDesk
from token_server.admin.terminal.telling import Teller
from token_server.app.foundation import Foundation, open_foundation
from token_server.commands.families import AddParser, add_action, stated
from token_server.config.settings import Settings
from token_server.domain.applications import Application, ApplicationVersion, Platform, VersionStatus
from token_server.flows.administration.applications import ManageApplications

CREATE_HELP = """\
Let an app register. Without versions, every version of it may.

  token-server applications create example-app --name "Example app" --deep-link "exampleapp://login?otp="
  token-server applications set-version example-app android 1.0.0
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    add_action(family, "list", shared, list_applications, "show all applications")
    create = add_action(family, "create", shared, create_application, "let an app register", CREATE_HELP)
    text = "change an app's name or deep link; an empty link takes it away"
    change = add_action(family, "change", shared, change_application, text)
    text = "say what a version may do; from the first on, only versions that are named may register"
    put = add_action(family, "set-version", shared, set_version, text)
    text = "forget a version; after the last, every version may register"
    drop = add_action(family, "remove-version", shared, remove_version, text)
    disable = add_action(family, "disable", shared, disable_application, "let no more installations register")
    enable = add_action(family, "enable", shared, enable_application, "let installations register again")
    for each in (create, change, put, drop, disable, enable):
        each.add_argument("identifier")
    for each in (create, change):
        each.add_argument("--name", required=each is create, help="what people call it")
        each.add_argument("--deep-link", help="opens the app on the device that shows the login; the code is appended")
    for each in (put, drop):
        each.add_argument("platform", type=Platform, metavar="PLATFORM", help=", ".join(Platform))
        each.add_argument("version", help="exactly as the app sends it")
    put.add_argument(
        "--status",
        type=VersionStatus,
        default=VersionStatus.ENABLED,
        metavar="STATUS",
        help=f"{', '.join(VersionStatus)} (default: enabled)",
    )


async def list_applications(settings: Settings, options: argparse.Namespace) -> int:
    """Print every application."""
    async with open_foundation(settings) as base:
        await _desk(base, options).show_all()
    return 0


async def create_application(settings: Settings, options: argparse.Namespace) -> int:
    """Let an app register."""
    application = Application(options.identifier, options.name, deep_link=options.deep_link or None)
    async with open_foundation(settings) as base:
        await _desk(base, options).create(application)
    return 0


async def change_application(settings: Settings, options: argparse.Namespace) -> int:
    """Change what is stated."""
    fields = stated(options, "name", "deep_link")
    if "deep_link" in fields:
        fields["deep_link"] = fields["deep_link"] or None
    async with open_foundation(settings) as base:
        await _desk(base, options).change(options.identifier, **fields)
    return 0


async def set_version(settings: Settings, options: argparse.Namespace) -> int:
    """Say what a version may do."""
    version = ApplicationVersion(options.platform, options.version, options.status)
    async with open_foundation(settings) as base:
        await _desk(base, options).set_version(options.identifier, version)
    return 0


async def remove_version(settings: Settings, options: argparse.Namespace) -> int:
    """Forget a version."""
    async with open_foundation(settings) as base:
        await _desk(base, options).remove_version(options.identifier, options.platform, options.version)
    return 0


async def disable_application(settings: Settings, options: argparse.Namespace) -> int:
    """Let no more installations register."""
    async with open_foundation(settings) as base:
        await _desk(base, options).disable(options.identifier)
    return 0


async def enable_application(settings: Settings, options: argparse.Namespace) -> int:
    """Let installations register again."""
    async with open_foundation(settings) as base:
        await _desk(base, options).enable(options.identifier)
    return 0


def _desk(base: Foundation, options: argparse.Namespace) -> ApplicationsDesk:
    applications = ManageApplications(base.database, base.clock, base.configuration)
    return ApplicationsDesk(applications, Teller(print, as_json=options.json))
