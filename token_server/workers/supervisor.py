"""Keeps the workers running: one that fails is logged and started again, a little later each time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0

log = structlog.get_logger("workers")


class Supervisor:
    """Runs each worker as a task of its own until the server stops."""

    def __init__(self, workers: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        """Look after those workers, by name."""
        self._workers = workers
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start them all."""
        self._tasks = [
            asyncio.create_task(self._keep_running(name, work), name=f"worker {name}")
            for name, work in self._workers.items()
        ]

    async def stop(self) -> None:
        """Cancel them all and wait until they are gone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _keep_running(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await work()
            except Exception:  # a worker's loop is one of the two places where the unforeseen ends
                log.exception("worker failed", worker=name, again_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
