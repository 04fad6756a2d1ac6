"""`demo`: whole logins on an empty database, for people who want to see before they read."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from token_server.commands.families import AddParser
from token_server.config.settings import Settings

HELP = """\
Start a server on an empty SQLite file, the example portal and a stub phone; register, enrol, show a QR code, scan it
from the picture, accept; confirm a payment by number; say "not me"; scan a photograph that is too old, and let that
login expire; tell what happened and how long each step took. With --serve, leave the server and the portal running
for a person with a browser, and a phone in a window beside it. Needs the source tree.
"""
SOURCE = Path(__file__).parents[2]


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    parser = add(parents=[shared], description=HELP)
    parser.add_argument("--serve", action="store_true", help="leave server and example portal running")
    parser.set_defaults(command=run_demo)


async def run_demo(_: Settings, options: argparse.Namespace) -> int:
    """Run the demo in a process of its own, as any newcomer would."""
    if not (SOURCE / "examples" / "demo").exists():
        print("The demo lives in the source tree: get it, then run `make demo`.", file=sys.stderr)
        return 1
    arguments = [sys.executable, "-m", "examples.demo", *(["--serve"] if options.serve else [])]
    return subprocess.run(arguments, cwd=SOURCE, check=False).returncode  # noqa: ASYNC221, S603 - this process has nothing else to do
