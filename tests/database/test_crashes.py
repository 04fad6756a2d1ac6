"""A process killed at a commit loses what was not acknowledged, and nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.notes import names
from token_server.database.engine import Database

_ROOT = Path(__file__).parents[2]
_PROCESS = """
import asyncio, os, signal, sys
from tests.support.notes import add
from token_server.database.opening import open_database

url, moment, doomed = sys.argv[1:]
commits = []

def on_commit(now):
    commits.append(now)
    if now == moment and commits.count(moment) == int(doomed):
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    database = await open_database(url, on_commit=on_commit)
    for number in range(10):
        await add(database, f"{number}")
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize(("moment", "lost"), [("before", 0), ("after", 1)])
async def test_what_was_acknowledged_survives_a_kill_at_the_commit(
    notes: Database, database_url: str, moment: str, lost: int
) -> None:
    process = subprocess.run(
        [sys.executable, "-c", _PROCESS, database_url, moment, "4"],
        capture_output=True,
        check=False,
        cwd=_ROOT,
        timeout=60,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
    acknowledged = process.stdout.decode().split()
    assert acknowledged == ["0", "1", "2"]
    # Killed after the commit, before the answer: the change is there, though nobody was told.
    assert await names(notes) == [*acknowledged, "3"][: 3 + lost]
