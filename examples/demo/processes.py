"""Programs that run beside the demo. What they print is kept: to wait for a line, and to show when something fails."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0
LINES_SHOWN = 15
# What a person may have set for servers of their own must not reach into the demo.
FOREIGN = ("TOKEN_SERVER_", "PORTAL_", "PHONE_")


class ChildFailed(Exception):
    """A program ended, or did not say in time what was expected of it."""


class Child:
    """A running program."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.lines: list[str] = []
        self._process = process
        self._log = log
        self._news = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    async def line_with(self, text: str, *, after: int = 0) -> str:
        """Return the first line with that text, printed or still to come, not counting the first `after` lines.

        Errors: ChildFailed.
        """
        try:
            async with asyncio.timeout(PATIENCE_S), self._news:
                await self._news.wait_for(lambda: self._find(text, after) or self._reader.done())
        except TimeoutError:
            raise ChildFailed(f"{self.name} did not say {text!r} in time{self.last_words()}") from None
        line = self._find(text, after)
        if line is None:
            raise ChildFailed(f"{self.name} ended by itself{self.last_words()}")
        return line

    async def ended(self) -> None:
        """Return never, but fail when the program ends by itself.

        Errors: ChildFailed.
        """
        await asyncio.wait([self._reader])
        raise ChildFailed(f"{self.name} ended by itself{self.last_words()}")

    async def stop(self) -> None:
        """Ask the program to stop, and wait until it has."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), PATIENCE_S)
        except TimeoutError:
            self._process.kill()
        await self._reader

    def last_words(self) -> str:
        """Return what the program printed last, to be put behind a complaint."""
        return f"\n  {self.name} said last:" + "".join(f"\n    {line}" for line in self.lines[-LINES_SHOWN:])

    def _find(self, text: str, after: int) -> str | None:
        return next((line for line in self.lines[after:] if text in line), None)

    async def _read(self) -> None:
        stream = self._process.stdout
        while stream is not None and (line := await stream.readline()):
            async with self._news:
                self.lines.append(line.decode(errors="replace").rstrip())
                self._news.notify_all()
            with self._log.open("ab") as log:
                log.write(line)
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def running(
    name: str, *arguments: str, log: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Child]:
    """Run `python -m` with these arguments until the context ends; what it prints goes to the log too."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=ROOT,
        env={**inherited, "PYTHONUNBUFFERED": "1", **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    child = Child(name, process, log)
    try:
        yield child
    finally:
        await child.stop()
