"""A browser watches a transaction with its view token: it is told what changes, on whichever node that happens.

What is told are levels, not edges: how things stand, never what happened. So it does not matter what a browser has
missed, on which node it comes back, or how often it is told.
"""

from __future__ import annotations

import asyncio
import math
import random
from typing import Self

from token_server.domain.transactions import Transaction
from token_server.domain.views import MOST_VIEWS, ShownCode, Sight, ViewState
from token_server.flows.mobile_authentication.look import LookAtTransaction, View
from token_server.flows.mobile_authentication.news import TransactionNews, Waiter

# News wakes a watch; this is for news that was lost on the way. Units: seconds.
LOOKS_AGAIN_AFTER_S = (15.0, 20.0)
# The sweeper ends what is late, once a second, and tells; a watch ends nothing, so it looks when that should be done.
LOOKS_AFTER_EXPIRY_S = (1.5, 2.5)
# Of one transaction in one process. Two for each view: one may linger when the browser's network broke.
MOST_WATCHES = 2 * MOST_VIEWS


class WatchTransaction:
    """Tells browsers what changes."""

    def __init__(
        self,
        look: LookAtTransaction,
        news: TransactionNews,
        *,
        looks_again_after_s: tuple[float, float] = LOOKS_AGAIN_AFTER_S,
    ) -> None:
        """Look when there is `news`, and without any after a time between those two."""
        self.looking = look
        self.looks_again_after_s = looks_again_after_s
        self._news = news
        self._watches: dict[str, list[Watch]] = {}

    def watch(self, view: View, seen: str | None = None) -> Watch:
        """Return a context in which changes are told; `seen` is the state that the browser knows already."""
        return Watch(self, self._news.waiter(view.transaction_id), view.transaction_id, seen)

    @property
    def is_over(self) -> bool:
        """Whether the server is about to stop."""
        return self._news.is_over

    @property
    def count(self) -> int:
        """How many browsers watch here now."""
        return sum(map(len, self._watches.values()))

    def enter(self, transaction_id: str, watch: Watch) -> None:
        """Count the watch in. The oldest of too many ends: it is the one whose network broke, if any did."""
        watches = self._watches.setdefault(transaction_id, [])
        watches.append(watch)
        if len(watches) > MOST_WATCHES:
            watches.pop(0).end()

    def leave(self, transaction_id: str, watch: Watch) -> None:
        """Count the watch out."""
        watches = self._watches.get(transaction_id, [])
        if watch in watches:
            watches.remove(watch)
        if not watches:
            self._watches.pop(transaction_id, None)


class Watch:
    """One browser that watches. There may be ten thousand, so it holds hardly anything while it waits."""

    __slots__ = (
        "_code_at",
        "_is_ended",
        "_look_at",
        "_seen",
        "_shown",
        "_transaction_id",
        "_waiter",
        "_watching",
        "is_finished",
    )

    def __init__(self, watching: WatchTransaction, waiter: Waiter, transaction_id: str, seen: str | None) -> None:
        """Look through `watching`, woken by `waiter`."""
        self._watching = watching
        self._waiter = waiter
        self._transaction_id = transaction_id
        self._seen = seen
        self._shown: Transaction | None = None  # only while there is a next code to show
        self._look_at = self._code_at = -math.inf
        self._is_ended = False
        self.is_finished = False

    def __enter__(self) -> Self:
        """Hear news from now on; the first look comes after."""
        self._waiter.__enter__()
        self._watching.enter(self._transaction_id, self)
        return self

    def __exit__(self, *_: object) -> None:
        """Hear no more."""
        self._watching.leave(self._transaction_id, self)
        self._waiter.__exit__()

    @property
    def is_over(self) -> bool:
        """Whether the browser has to come back: the server stops, or there are too many like this one."""
        return self._is_ended or self._watching.is_over

    def end(self) -> None:
        """Make room for another."""
        self._is_ended = True
        self._waiter.tell()

    async def next(self, within_s: float) -> Sight | ShownCode | None:
        """Return what the browser has not seen yet, or None when there is nothing new within that time.

        Errors: ViewNotFound.
        """
        now_s = asyncio.get_running_loop().time
        until = now_s() + within_s
        while True:
            sight = await self._look() if self._look_at <= now_s() else None
            new = sight or self._next_code(now_s())
            pause_s = min(until, self._look_at, self._code_at) - now_s()
            if new is not None or self.is_finished or self.is_over or until <= now_s():
                return new
            is_news = await self._waiter.wait(max(0.0, pause_s))
            if is_news and not self.is_over:  # ten thousand last looks would only hold up the stop
                self._look_at = -math.inf

    async def _look(self) -> Sight | None:
        transaction = await self._watching.looking.find(self._transaction_id)
        sight = await self._watching.looking.sight(transaction)
        self._look_at = asyncio.get_running_loop().time() + self._nap_s(sight)
        self.is_finished = sight.is_final
        if sight.state is not ViewState.WAITING:
            self._shown, self._code_at = None, math.inf
        elif self._code_at < math.inf:
            self._shown = transaction
        if sight.state == self._seen:
            return None
        self._seen = sight.state
        return sight

    def _nap_s(self, sight: Sight) -> float:
        """Return how long to sleep without news; all for different times, so that they do not all look at once."""
        longest_s = random.uniform(*self._watching.looks_again_after_s)  # noqa: S311 - spreads load, guards nothing
        until_swept_s = (sight.expires_in_ms or 0) / 1000 + random.uniform(*LOOKS_AFTER_EXPIRY_S)  # noqa: S311
        return min(longest_s, until_swept_s)

    def _next_code(self, now_s: float) -> ShownCode | None:
        transaction = self._shown
        if transaction is None or now_s < self._code_at:
            return None
        code = self._watching.looking.code(transaction)
        if code is None or not transaction.rotation_s:
            self._shown, self._code_at = None, math.inf
        else:
            self._code_at = now_s + code.shown_for_ms / 1000 + _delay_s(transaction)
        return code


def _delay_s(transaction: Transaction) -> float:
    """Return how much later than it might a frame comes.

    All frames change at the same instant; ten thousand browsers told in that instant would hold up every login.
    """
    longest_s = min(transaction.rotation_s, transaction.accept_window_s) / 2
    return random.uniform(0, longest_s)  # noqa: S311 - spreads load, guards nothing
