"""The command line as a whole: which commands there are.

What a command is made of is imported when it is typed: importing every command's takes longer than most of them work.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

from token_server.commands.files import FILE_NAME
from token_server.version import version

ROOM = "token_server.commands"
COMMANDS = {
    "serve": ("serve", "run the server"),
    "check-config": ("check_config", "show the configuration in force, or everything that is wrong with it"),
    "migrate": ("schema", "bring the database up to date"),
    "config": ("configuration", "what is configured in the database"),
    "types": ("types", "authentication types"),
    "clients": ("clients", "portals and their credentials"),
    "applications": ("applications", "which apps may register"),
    "callback-endpoints": ("callback_endpoints", "where portals may be called back"),
    "admin": ("admin", "the people at the admin's desk"),
    "devices": ("devices", "phones"),
    "transactions": ("transactions", "what happens"),
    "user": ("users", "people"),
    "audit": ("audit", "the audit trail"),
    "evidence": ("evidence", "proof of what users answered"),
    "keys": ("keys", "see and rotate the server's keys"),
    "backup": ("backup", "copy the SQLite database while it is in use"),
    "demo": ("demo", "see whole logins happen"),
}
DESCRIPTION = """\
A self-hosted mobile authentication token server: portals show a QR code, an enrolled phone answers.

First steps:
  token-server demo                          see whole logins happen, on an empty database that is thrown away
  cp token_server.example.toml token_server.toml
  token-server check-config                  every problem of the configuration at once
  token-server serve                         SQLite and keys are made in ./data on the first start
  token-server clients create my-portal …    credentials for your first portal, shown once
"""


def run(words: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    options = parse(words)
    code: int = import_module(f"{ROOM}.running").run_command(options)
    return code


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return what was typed: its `command`, and what that asks for.

    Errors: SystemExit, when the words make no command or ask for help.
    """
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="token-server", description=DESCRIPTION, formatter_class=style)
    parser.add_argument("--version", action="version", version=f"token-server {version()}")
    families = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    shared = _shared()
    for name, (module, summary) in COMMANDS.items():
        add = partial(families.add_parser, name, help=summary, formatter_class=style)
        if name in words:
            import_module(f"{ROOM}.{module}").add_commands(add, shared)
        else:  # it cannot be chosen
            add()
    return parser.parse_args(words)


def _shared() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help=f"configuration file; without it ./{FILE_NAME} if there is one, else defaults and environment",
    )
    return shared
