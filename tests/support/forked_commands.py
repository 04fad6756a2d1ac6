"""Commands as processes of their own, forked from one that has imported everything.

That saves each of them the third of a second that this takes, and is otherwise a process like any other. How commands
start from nothing is tried elsewhere.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from multiprocessing.connection import Connection

from tests.support.crashing_apply import carry_out

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([carry_out.__module__, "sdk_stub.__main__"])
PATIENCE_S = 20


async def run_command(command: str, words: Sequence[str], typed: str = "") -> tuple[int | None, str]:
    """Run the command of that module with this typed; return its exit code and what it has printed."""
    keyboard, typing = PROCESSES.Pipe(duplex=False)
    seen, screen = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_be_the_command, args=(command, list(words), keyboard, screen))
    process.start()
    keyboard.close()
    screen.close()
    try:
        os.write(typing.fileno(), typed.encode())
        typing.close()
        shown = await asyncio.to_thread(_read_all, seen)
        await asyncio.to_thread(process.join, PATIENCE_S)
        return process.exitcode, shown
    finally:
        process.kill()
        seen.close()


def _read_all(seen: Connection) -> str:
    with os.fdopen(os.dup(seen.fileno()), encoding="utf-8") as text:
        return text.read()


def _be_the_command(command: str, words: list[str], keyboard: Connection, screen: Connection) -> None:
    """Be that command, with those at the places of the terminal."""
    os.dup2(keyboard.fileno(), 0)
    os.dup2(screen.fileno(), 1)
    keyboard.close()
    screen.close()
    sys.stdin = os.fdopen(0)
    sys.exit(import_module(command).main(words))
