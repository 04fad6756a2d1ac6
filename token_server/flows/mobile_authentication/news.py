"""News that a transaction has ended, on whichever node it happened, for whoever waits for it here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from token_server.database.engine import Database

TOPIC = "transaction_ended"


class Waiter:
    """One who waits; made before looking, so that nothing can happen in between unheard."""

    def __init__(self, news: TransactionNews, transaction_id: str) -> None:
        """Wait for the end of that transaction."""
        self._news = news
        self._transaction_id = transaction_id
        self._happened = asyncio.Event()

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
        self._happened.set()

    async def wait(self, timeout_s: float) -> None:
        """Return when there is news, or after the time-out."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._happened.wait(), timeout_s)
        self._happened.clear()


class TransactionNews:
    """Passes each announcement on to those who wait for that transaction."""

    def __init__(self, database: Database) -> None:
        """Hear what is announced in `database`."""
        self.waiters: dict[str, set[Waiter]] = {}
        self.is_over = False
        self._stop: Callable[[], None] = database.listen(TOPIC, self._hear)

    def waiter(self, transaction_id: str) -> Waiter:
        """Return a context in which that transaction's end is heard."""
        return Waiter(self, transaction_id)

    def release_all(self) -> None:
        """Wake everybody, and let nobody wait any more: the server is about to stop."""
        self.is_over = True
        for waiting in list(self.waiters.values()):
            for waiter in waiting:
                waiter.tell()

    def close(self) -> None:
        """Stop listening to the database."""
        self._stop()

    def _hear(self, transaction_id: str) -> None:
        for waiter in self.waiters.get(transaction_id, ()):
            waiter.tell()
