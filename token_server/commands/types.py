"""`types …`: what portals may ask for."""

from __future__ import annotations

import argparse

from token_server.admin.terminal.authentication_types import AuthenticationTypesDesk
from token_server.admin.terminal.telling import Teller
from token_server.app.foundation import Foundation, open_foundation
from token_server.commands.families import AddParser, add_action, stated
from token_server.config.settings import Settings
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.flows.administration.authentication_types import ManageAuthenticationTypes

FIELDS = ("method", "expires_in_s", "rotation_s", "accept_window_s", "number_matching")
CREATE_HELP = """\
Offer a new authentication type to portals.

  token-server types create login --expires-in 300 --message en="Log in to Example?" --message nl="Inloggen?"
"""
CHANGE_HELP = """\
Change what is stated; the rest stays. A message without text is taken away.

  token-server types change login --rotation 1 --message nl=
"""
RENAME_HELP = """\
Call a type otherwise. Portals that ask for the old name are refused from then on: those that did so in the last 90 days
are listed. Transactions keep the name that was asked for.
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    add_action(family, "list", shared, list_types, "show all types")
    create = add_action(family, "create", shared, create_type, "offer a new type", CREATE_HELP)
    change = add_action(family, "change", shared, change_type, "change a type", CHANGE_HELP)
    rename = add_action(family, "rename", shared, rename_type, "call a type otherwise", RENAME_HELP)
    disable = add_action(family, "disable", shared, disable_type, "offer a type no more; none is ever deleted")
    enable = add_action(family, "enable", shared, enable_type, "offer a type again")
    for each in (create, change, rename, disable, enable):
        each.add_argument("name")
    rename.add_argument("new_name")
    for each in (create, change):
        _add_fields(each)


def _add_fields(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--method", type=Method, metavar="METHOD", help=f"how the user answers: {', '.join(Method)} (at first: OTP)"
    )
    for option, name, text in (
        ("--expires-in", "expires_in_s", "time to scan and answer (at first: 300)"),
        ("--rotation", "rotation_s", "the QR code changes that often; 0: never"),
        ("--accept-window", "accept_window_s", "how long a code that has changed can still be claimed"),
    ):
        parser.add_argument(option, dest=name, type=int, metavar="SECONDS", help=text)
    parser.add_argument(
        "--number-matching",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="the user types two digits that the portal shows",
    )
    parser.add_argument(
        "--message",
        dest="messages",
        action="append",
        default=[],
        type=_message,
        metavar="LANGUAGE=TEXT",
        help="default message, for portals that send none",
    )


def _message(text: str) -> tuple[str, str]:
    language, is_there, message = text.partition("=")
    if not is_there:
        problem = f"must be like en=TEXT, not {text!r}"
        raise argparse.ArgumentTypeError(problem)
    return language, message


async def list_types(settings: Settings, options: argparse.Namespace) -> int:
    """Print every type."""
    async with open_foundation(settings) as base:
        await _desk(base, options).show_all()
    return 0


async def create_type(settings: Settings, options: argparse.Namespace) -> int:
    """Offer a new type."""
    facts = {"method": Method.OTP, "expires_in_s": 300, **stated(options, *FIELDS)}
    kind = AuthenticationType(name=options.name, default_messages=dict(options.messages), **facts)
    async with open_foundation(settings) as base:
        await _desk(base, options).create(kind)
    return 0


async def change_type(settings: Settings, options: argparse.Namespace) -> int:
    """Change what is stated."""
    messages = {language: text or None for language, text in options.messages}
    async with open_foundation(settings) as base:
        await _desk(base, options).change(options.name, messages=messages, **stated(options, *FIELDS))
    return 0


async def rename_type(settings: Settings, options: argparse.Namespace) -> int:
    """Call a type otherwise."""
    async with open_foundation(settings) as base:
        await _desk(base, options).rename(options.name, options.new_name)
    return 0


async def disable_type(settings: Settings, options: argparse.Namespace) -> int:
    """Offer a type no more."""
    async with open_foundation(settings) as base:
        await _desk(base, options).disable(options.name)
    return 0


async def enable_type(settings: Settings, options: argparse.Namespace) -> int:
    """Offer a type again."""
    async with open_foundation(settings) as base:
        await _desk(base, options).enable(options.name)
    return 0


def _desk(base: Foundation, options: argparse.Namespace) -> AuthenticationTypesDesk:
    types = ManageAuthenticationTypes(base.database, base.clock, base.configuration)
    return AuthenticationTypesDesk(types, Teller(print, as_json=options.json))
