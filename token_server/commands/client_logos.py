"""`clients set-logo|remove-logo`: what phones show beside a portal's name."""

from __future__ import annotations

import argparse

from token_server.admin.terminal.logos import LogosDesk
from token_server.admin.terminal.telling import Teller
from token_server.app.foundation import Foundation, open_foundation
from token_server.commands.families import Families, add_action
from token_server.commands.files import read_file
from token_server.config.settings import Settings
from token_server.flows.administration.api_clients import ManageApiClients
from token_server.flows.administration.logos import ManageLogos

SET_HELP = """\
Give a client the logo that phones show beside its name: a PNG of 16 to 1024 pixels, at most 48 KiB. It is drawn anew,
at most 256 pixels wide and high, so that nothing but pixels is kept of it.

  token-server clients set-logo shop logo.png
"""


def add_commands(family: Families, shared: argparse.ArgumentParser) -> None:
    """Add these commands to the family of clients."""
    setting = add_action(family, "set-logo", shared, set_logo, "give a client a logo", SET_HELP)
    setting.add_argument("client_id")
    setting.add_argument("picture", metavar="FILE", type=read_file, help="a PNG")
    removing = add_action(family, "remove-logo", shared, remove_logo, "take a client's logo away")
    removing.add_argument("client_id")


async def set_logo(settings: Settings, options: argparse.Namespace) -> int:
    """Give a client a logo."""
    async with open_foundation(settings) as base:
        await _desk(base, options).set(options.client_id, options.picture)
    return 0


async def remove_logo(settings: Settings, options: argparse.Namespace) -> int:
    """Take a client's logo away."""
    async with open_foundation(settings) as base:
        await _desk(base, options).remove(options.client_id)
    return 0


def _desk(base: Foundation, options: argparse.Namespace) -> LogosDesk:
    clients = ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
    logos = ManageLogos(base.database, base.clock, base.configuration)
    return LogosDesk(clients, logos, Teller(print, as_json=options.json))
