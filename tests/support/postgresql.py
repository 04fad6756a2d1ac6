"""A throwaway PostgreSQL server for one test session, made from the installed programs."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

_WAIT_S = 30.0
_PORTS_TRIED = 5
_USER = "tests"
_PREFIX = "token-server-postgresql-"
_FORGOTTEN_AFTER_S = 24 * 60 * 60
# Nothing here has to survive a power cut, and everything has to be quick.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


def find_programs() -> Path | None:
    """The folder with `initdb` and `postgres`, of the newest version installed."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else []
    folders += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name.zfill(4), reverse=True
    )
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


class PostgreSQLServer:
    """Runs on loopback, trusts everybody, and is gone when stopped, with all it held."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Not pytest's own folder: that one is closed to other users, and a socket's path must be short.
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._as_user = _as_unprivileged_user(self._folder)

    def start(self) -> None:
        """Make a new cluster and serve it. Errors: RuntimeError with the server's own words."""
        _remove_forgotten_folders()
        options = ["--username", _USER, "--auth", "trust", "--no-locale", "--encoding", "UTF8", "--no-sync"]
        made = subprocess.run(
            [*self._as_user, self._programs / "initdb", "--pgdata", self._folder / "data", *options],
            capture_output=True,
            check=False,
            cwd="/",
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr.decode()}")
        if not any(self._serve(_free_port()) for _ in range(_PORTS_TRIED)):
            raise RuntimeError(f"PostgreSQL does not start: {(self._folder / 'log').read_text()}")

    def url(self, name: str, user: str = _USER) -> str:
        """How to reach the database of that name. The server has no certificate: to ask for one costs a millisecond."""
        return f"postgresql://{user}@127.0.0.1:{self._port}/{name}?sslmode=disable"

    def stop(self) -> None:
        """End the server without saying goodbye to anybody, and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_WAIT_S)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self, port: int) -> bool:
        """Whether the server took the port. Somebody may be quicker; binding decides, not our asking before."""
        options = ["-h", "127.0.0.1", "-p", str(port), *(f"-c{name}={value}" for name, value in _SETTINGS.items())]
        with (self._folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    *self._as_user,
                    self._programs / "postgres",
                    "-D",
                    self._folder / "data",
                    "-k",
                    self._folder,
                    *options,
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the tests; they stop the server
            )
        give_up_at = time.monotonic() + _WAIT_S
        while process.poll() is None and time.monotonic() < give_up_at:
            if self._is_ready():
                self._process, self._port = process, port
                return True
            time.sleep(0.01)
        process.kill()
        process.wait()
        return False

    def _is_ready(self) -> bool:
        """Whether connections are accepted: the last line that the server writes into its pid file."""
        try:
            return (self._folder / "data" / "postmaster.pid").read_text().rstrip().endswith("ready")
        except FileNotFoundError:
            return False


def _as_unprivileged_user(folder: Path) -> list[str | Path]:
    """What to put before a command: PostgreSQL refuses root, and must die with whoever started it."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        return [setpriv, "--pdeathsig", "SIGQUIT"] if setpriv else []
    if setpriv is None:
        raise RuntimeError("PostgreSQL refuses to run as root, and setpriv (util-linux) is not installed")
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    user = accounts.get("postgres") or accounts["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return [setpriv, *ids, "--pdeathsig", "SIGQUIT"]


def _remove_forgotten_folders() -> None:
    """Servers die with a test run that is killed, their folders do not."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if folder.stat().st_mtime < time.time() - _FORGOTTEN_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
