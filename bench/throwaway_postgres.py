"""A PostgreSQL server of our own for one run: durable settings, one folder, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.processes import CannotMeasure, free_port, running

UNPRIVILEGED = "postgres"  # initdb refuses to run as root
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "log_min_messages": "error",
}


@dataclass(frozen=True)
class Postgres:
    """A running server: its process id, and how to reach a fresh database in it."""

    pid: int
    port: int
    user: str

    def url(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{database}"


def binaries() -> Path:
    """Return the folder of the newest installed server programs. Errors: CannotMeasure when there are none."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise CannotMeasure("PostgreSQL's server programs are not installed; leave it out with --engine sqlite")
    return found[-1].parent


def _become() -> tuple[str, ...]:
    """Return the words that make a command run as somebody whom initdb accepts."""
    if os.getuid() != 0:
        return ()
    return ("setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups")


@contextlib.contextmanager
def throwaway_postgres(folder: Path, cores: str) -> Iterator[Postgres]:
    """Run a fresh, durable PostgreSQL in `folder` on some cores while the block lasts."""
    folder.mkdir()
    become, programs, data, port = _become(), binaries(), folder / "data", free_port()
    if become:
        shutil.chown(folder, UNPRIVILEGED)
    initdb = [programs / "initdb", "-D", data, "-U", UNPRIVILEGED, "-A", "trust", "-E", "UTF8", "--no-locale"]
    made = subprocess.run([*become, *map(str, initdb)], capture_output=True, text=True, cwd="/", check=False)
    if made.returncode:
        raise CannotMeasure(f"initdb failed: {made.stderr}")
    options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    command: list[str | Path] = [*become, programs / "postgres", "-D", data, "-p", str(port), *options]
    log = folder.parent / "postgresql.log"
    with running(command, cores=cores, port=port, log=log, polite=signal.SIGINT) as pid:
        yield Postgres(pid, port, UNPRIVILEGED)


def create_database(postgres: Postgres, name: str) -> str:
    """Make an empty database; return its address."""
    command = [binaries() / "psql", "-q", "-c", f'CREATE DATABASE "{name}"', postgres.url("postgres")]
    problem = ""
    for _ in range(20):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return postgres.url(name)
        problem = done.stderr
        time.sleep(0.1)  # still starting up
    raise CannotMeasure(f"cannot make a database: {problem}")
