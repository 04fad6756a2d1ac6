"""`check-config`: what is wrong with the configuration, before a server starts on it."""

from __future__ import annotations

import argparse
import sys

from token_server.commands.families import AddParser
from token_server.config.settings import Settings
from token_server.visitors.locations import problem_with

HELP = "Show every setting, its value and its source; list all problems and exit 2 if there are any."


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this command."""
    add(parents=[shared], description=HELP).set_defaults(command=check_config)


async def check_config(settings: Settings, _: argparse.Namespace) -> int:
    """Print the configuration in force."""
    for line in settings.lines():
        print(line)
    if problem := problem_with(settings.context.location_database):
        # A server starts without it all the same: nobody is kept out because a place cannot be named.
        print(f"\ncontext.location_database: {problem}.", file=sys.stderr)
        return 2
    print("\nThe configuration is good.", file=sys.stderr)
    return 0
