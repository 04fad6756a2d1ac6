"""`serve`: the server, until it is asked to stop."""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal
from contextlib import suppress

from token_server.app.foundation import open_foundation
from token_server.app.server import running_server
from token_server.commands.collector import spare_the_collector
from token_server.commands.families import AddParser
from token_server.config.settings import Settings
from token_server.logs import configure_logging

HELP = """\
Serve the portal API, the mobile API, /livez, /readyz and /metrics until SIGTERM or Ctrl-C; then finish
what is under way.

An empty database is set up; one of an older version is refused until `token-server migrate`. The configuration file
is planted in the database whenever it has changed. The server listens on this machine only, unless configured
otherwise, and speaks HTTP: put a TLS-terminating proxy in front of it.

Several processes on one machine:  token-server serve --reuse-port   (PostgreSQL; start it as often as you have cores)
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    parser = add(parents=[shared], description=HELP)
    parser.add_argument("--reuse-port", action="store_true", help="let several server processes share one port (Linux)")
    parser.set_defaults(command=run_server)


async def run_server(settings: Settings, options: argparse.Namespace) -> int:
    """Serve until a signal asks to stop."""
    configure_logging(line_format=settings.logging.format, level=settings.logging.level)
    raise_file_limit()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_foundation(settings) as base, running_server(base, reuse_port=options.reuse_port):
        spare_the_collector()
        await stop.wait()
    return 0


def raise_file_limit() -> None:
    """Let the process hold as many connections as the system allows: a waiting browser is an open file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
