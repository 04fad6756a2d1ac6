"""How a command runs once it is known, and how its troubles are told."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable
from pathlib import Path

import uvloop

from token_server.commands.families import Command
from token_server.commands.files import FILE_NAME
from token_server.config.problems import ConfigurationRefused
from token_server.config.settings import load_settings
from token_server.crypto.key_file import KeyFileRefused
from token_server.crypto.sealing import SealBroken
from token_server.database.schema import SchemaRefused
from token_server.domain.errors import TokenServerError

DONE, FAILED, WRONG = 0, 1, 2


def run_command(options: argparse.Namespace) -> int:
    """Run the command that the options name and return its exit code."""
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
