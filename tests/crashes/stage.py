"""What a crash test stands on: a server that dies and comes back, a portal, and a look at what is left."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, encode_basic_auth

from tests.support.portal import CallbackReceiver
from tests.support.server import API, PORTAL_ID, PORTAL_SECRET
from tests.support.source_files import ROOT
from token_server.database.engine import Database
from token_server.database.opening import open_database

# Below the ports that the system hands out: nobody takes the server's while it is dead.
PORTS = range(18_000, 30_000)
PATIENCE_S = 30
Crash = tuple[str | int, str]


class Servers:
    """Starts server processes, one at a time; see tests/support/crashing_server.py."""

    def __init__(self, log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.crashing_server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                cwd=ROOT,
            )
        self._reader = ThreadPoolExecutor(1)
        self._news: Future[bytes] | None = None
        self._is_running = False
        self._pid = 0

    async def start(self, order: Mapping[str, Any]) -> bool:
        """Start one and return whether it came up, rather than killing itself first."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        self._is_running = True
        await self._hear()
        return self._is_running

    async def ended(self) -> None:
        """Return when the running server has killed itself."""
        await self._hear()
        assert not self._is_running

    async def kill(self) -> None:
        """Kill the running server, if there is one."""
        while self._is_running:
            if self._pid:
                with suppress(ProcessLookupError):
                    os.kill(self._pid, signal.SIGKILL)
            await self._hear()

    def close(self) -> None:
        """Start no more."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._reader.shutdown()
        assert self._process.stdout is not None
        self._process.stdout.close()

    async def _hear(self) -> None:
        """Take in the next news. A test that gives up waiting leaves them to the next one."""
        assert self._process.stdout is not None
        if self._news is None:
            self._news = self._reader.submit(self._process.stdout.readline)
        async with asyncio.timeout(PATIENCE_S):
            line = await asyncio.shield(asyncio.wrap_future(self._news))
        self._news = None
        news: dict[str, int] = json.loads(line)
        self._pid = news.get("ready", 0)
        self._is_running = "ended" not in news
        assert news.get("ended", -signal.SIGKILL) == -signal.SIGKILL, "a server ended otherwise than by kill -9"


class Portal:
    """A portal as a careful programmer writes it: whatever goes wrong on the way is tried again."""

    def __init__(self, http: ClientSession, callback_uri: str) -> None:
        self._http = http
        self._callback_uri = callback_uri

    async def registration_code(self, user_id: str = "alice") -> str:
        """Ask for a registration code."""
        return str((await self._ask("POST", f"{API}/users/{user_id}/registration-codes"))["registration_code"])

    async def start(self, type_name: str = "login") -> dict[str, Any]:
        """Start a transaction."""
        form = {"type": type_name, "callback_uri": self._callback_uri, "message": "Log in at Shop"}
        return await self._ask("POST", f"{API}/authenticate/user", data=form)

    async def result(self, transaction_id: str) -> dict[str, Any]:
        """Fetch a result."""
        return await self._ask("GET", f"{API}/authenticate/transaction/{transaction_id}")

    async def _ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    async with self._http.request(method, path, **how) as response:
                        body: dict[str, Any] = await response.json()
                        assert response.status in {200, 201}, body
                        return body
                except ClientError:
                    await asyncio.sleep(0.05)


class Stage:
    """One database and one address, whatever process is behind them."""

    def __init__(self, servers: Servers, database_url: str, folder: Path, callbacks: CallbackReceiver) -> None:
        self.servers = servers
        self.database_url = database_url
        self.folder = folder
        self.callbacks = callbacks
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    async def serve(self, crash: Crash | None = None, *, ahead_s: float = 0, chained: bool = False) -> bool:
        """Start a server whose clock is that far ahead, and which chains its audit trail or not.

        Return whether it came up.
        """
        order = {"database_url": self.database_url, "folder": str(self.folder), "port": self.port}
        order |= {"callback_uri": self.callbacks.url}
        return await self.servers.start({**order, "crash": crash, "ahead_s": ahead_s, "chained": chained})

    def commits(self) -> list[str]:
        """What was committed since the beginning, and when a server was ready."""
        return (self.folder / "commits.txt").read_text().splitlines()

    @asynccontextmanager
    async def remains(self) -> AsyncIterator[Database]:
        """What a dead server left on the disk; looking changes nothing for the server that finds it next."""
        url = self.database_url
        if url.startswith("sqlite:///"):
            file, copy = Path(url.removeprefix("sqlite:///")), self.folder / "remains"
            copy.mkdir(exist_ok=True)
            for part in file.parent.glob(f"{file.name}*"):
                if not part.name.endswith("-shm"):  # made anew from the write-ahead log
                    shutil.copy(part, copy)
            url = f"sqlite:///{copy / file.name}"
        database = await open_database(url)
        try:
            yield database
        finally:
            await database.close()

    async def count(self, *questions: str) -> list[int]:
        """Return the number that each `SELECT COUNT(*) AS n …` finds in what is left."""
        async with self.remains() as database:
            rows = [await database.read.first(question) for question in questions]
        return [-1 if row is None else int(row["n"]) for row in rows]


def _free_port() -> int:
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Starts server processes for this test process."""
    servers = Servers(tmp_path_factory.mktemp("servers") / "log.txt")
    yield servers
    servers.close()


@pytest.fixture
async def stage(
    servers: Servers, database_url: str, tmp_path: Path, callbacks: CallbackReceiver
) -> AsyncIterator[Stage]:
    """A stage on this test's migrated database; no server runs yet."""
    yield Stage(servers, database_url, tmp_path, callbacks)
    await servers.kill()


@pytest.fixture
async def bare_stage(
    servers: Servers, empty_database_url: str, tmp_path: Path, callbacks: CallbackReceiver
) -> AsyncIterator[Stage]:
    """A stage on a database without any schema; no server runs yet."""
    yield Stage(servers, empty_database_url, tmp_path, callbacks)
    await servers.kill()


@pytest.fixture
async def portal(stage: Stage) -> AsyncIterator[Portal]:
    """The portal."""
    async with a_portal(stage) as portal:
        yield portal


@asynccontextmanager
async def a_portal(stage: Stage) -> AsyncIterator[Portal]:
    """The portal of that stage."""
    headers = {"Authorization": encode_basic_auth(PORTAL_ID, PORTAL_SECRET)}
    async with ClientSession(stage.url, headers=headers) as http:
        yield Portal(http, stage.callbacks.url)
