"""News of transactions, on whichever node something happened, for whoever waits for it here."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Self

from token_server.database.engine import ANYTHING, Database

TOPIC = "transaction_changed"
SPREAD_S = 2.0  # when everybody has to look, they do not all look in the same instant


class Waiter:
    """One who waits; made before looking, so that nothing can happen in between unheard.

    There may be ten thousand of them, so this is a future and a timer while it sleeps, and hardly anything else.
    """

    __slots__ = ("_is_told", "_news", "_sleep", "_transaction_id")

    def __init__(self, news: TransactionNews, transaction_id: str) -> None:
        """Wait for news of that transaction."""
        self._news = news
        self._transaction_id = transaction_id
        self._is_told = False
        self._sleep: asyncio.Future[None] | None = None

    def __enter__(self) -> Self:
        """Start listening."""
        self._news.waiters.setdefault(self._transaction_id, set()).add(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        waiting = self._news.waiters.get(self._transaction_id, set())
        waiting.discard(self)
        if not waiting:
            self._news.waiters.pop(self._transaction_id, None)

    def tell(self) -> None:
        """Wake whoever waits."""
        self._is_told = True
        self._wake()

    async def wait(self, timeout_s: float) -> bool:
        """Return True as soon as there is news, False after the time-out."""
        if not self._is_told:
            loop = asyncio.get_running_loop()
            self._sleep = loop.create_future()
            timer = loop.call_later(timeout_s, self._wake)
            try:
                await self._sleep
            finally:
                timer.cancel()
                self._sleep = None
        told, self._is_told = self._is_told, False
        return told

    def _wake(self) -> None:
        if self._sleep is not None and not self._sleep.done():
            self._sleep.set_result(None)


class TransactionNews:
    """Passes each announcement on to those who wait for that transaction."""

    def __init__(self, database: Database) -> None:
        """Hear what is announced in `database`."""
        self.waiters: dict[str, set[Waiter]] = {}
        self.is_over = False
        self._stop: Callable[[], None] = database.listen(TOPIC, self._hear)

    def waiter(self, transaction_id: str) -> Waiter:
        """Return a context in which news of that transaction is heard."""
        return Waiter(self, transaction_id)

    def release_all(self) -> None:
        """Wake everybody, and let nobody wait any more: the server is about to stop."""
        self.is_over = True
        for waiter in self._everybody():
            waiter.tell()

    def close(self) -> None:
        """Stop listening to the database."""
        self._stop()

    def _hear(self, transaction_id: str) -> None:
        if transaction_id == ANYTHING:
            loop = asyncio.get_running_loop()
            for waiter in self._everybody():
                loop.call_later(random.uniform(0, SPREAD_S), waiter.tell)  # noqa: S311 - spreads load, guards nothing
        for waiter in self.waiters.get(transaction_id, ()):
            waiter.tell()

    def _everybody(self) -> list[Waiter]:
        return [waiter for waiting in self.waiters.values() for waiter in waiting]
