"""The command line as a whole: which commands there are, and how their troubles are told."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop

from token_server.commands import (
    admin,
    applications,
    audit,
    backup,
    callback_endpoints,
    clients,
    configuration,
    demo,
    devices,
    evidence,
    keys,
    schema,
    serve,
    transactions,
    types,
    users,
)
from token_server.config.problems import ConfigurationRefused
from token_server.config.settings import FILE_NAME, Settings, load_settings
from token_server.crypto.key_file import KeyFileRefused
from token_server.crypto.sealing import SealBroken
from token_server.database.schema import SchemaRefused
from token_server.domain.errors import TokenServerError
from token_server.telemetry import version

DONE, FAILED, WRONG = 0, 1, 2
DESCRIPTION = """\
A self-hosted mobile authentication token server: portals show a QR code, an enrolled phone answers.

First steps:
  token-server demo                          see whole logins happen, on an empty database that is thrown away
  cp token_server.example.toml token_server.toml
  token-server check-config                  every problem of the configuration at once
  token-server serve                         SQLite and keys are made in ./data on the first start
  token-server clients create my-portal …    credentials for your first portal, shown once
"""

Command = Callable[[Settings, argparse.Namespace], Awaitable[int]]


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    options = build_parser().parse_args(arguments)
    try:
        settings = load_settings(_file(options), os.environ)
        command: Command = options.command
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_wait_for(command(settings, options)))
    except ConfigurationRefused as error:
        return _tell(str(error), getattr(options, "exit_code_when_refused", WRONG))
    except (TokenServerError, SchemaRefused, KeyFileRefused, SealBroken, OSError, ValueError) as error:
        return _tell(f"token-server: {error}", FAILED)
    except KeyboardInterrupt:
        return DONE


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every command."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help=f"configuration file; without it ./{FILE_NAME} if there is one, else defaults and environment",
    )
    parser = argparse.ArgumentParser(
        prog="token-server", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"token-server {version()}")
    families = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for family in (
        serve,
        schema,
        configuration,
        types,
        clients,
        applications,
        callback_endpoints,
        admin,
        devices,
        transactions,
        users,
        audit,
        evidence,
        keys,
        backup,
        demo,
    ):
        family.add_commands(families, shared)
    return parser


async def _wait_for(work: Awaitable[int]) -> int:
    return await work


def _file(options: argparse.Namespace) -> Path | None:
    if options.config is not None:
        return Path(options.config)
    here = Path(FILE_NAME)
    return here if here.exists() else None


def _tell(problem: str, code: int) -> int:
    print(problem, file=sys.stderr)
    return code
