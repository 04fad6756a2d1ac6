"""Who calls too often waits: permits out of buckets that all nodes share.

Count what somebody did, then go on, or let the refusal go up to the door:

    await rate_limits.spend(Rule.UNKNOWN_VIEWS, addresses.of(request))

Asking costs nearly nothing. Of each bucket a process gives a twentieth by itself, without asking anybody; beyond that
it takes permits from the database, of large buckets several at a time; and while it knows that a bucket is empty it
does not ask again. So somebody who behaves never causes a write, and somebody who does not causes few.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.database.engine import Database
from token_server.domain.errors import Limited
from token_server.domain.limits import MINUTE_MS, Pace, Rule
from token_server.stores import rate_limits
from token_server.telemetry import Telemetry

# The part of each limit that a process gives by itself. With n processes up to (19 + n) / 20 of a limit is let
# through; limits below twenty are exact, however many processes there are.
OWN_PART = 20
# Permits that were taken together and are not used by then are lost; nine processes may lose some all the time and
# still nobody who keeps to the limit waits.
KEPT_MS = 1_000
MOST_AT_ONCE = 500
PURPOSE = "rate limit"


@dataclass(frozen=True)
class _Limit:
    """One limit, in two parts: what each process gives by itself, and what all of them share."""

    own: Pace | None
    shared: Pace

    @classmethod
    def of(cls, per_minute: int) -> _Limit:
        own = per_minute // OWN_PART
        return cls(Pace.of(own) if own else None, Pace.of(per_minute - own))


class _Tally:
    """What this process knows of one bucket."""

    __slots__ = ("asking", "kept_until", "own_full_at", "permits", "refused_until")

    def __init__(self) -> None:
        self.permits = 0
        self.kept_until = 0
        self.own_full_at = 0
        self.refused_until = 0
        self.asking = asyncio.Lock()

    def take(self, own: Pace | None, now: int) -> bool:
        """Take a permit that is here already, or is this process's own to give."""
        if self.permits and 0 < self.kept_until - now <= KEPT_MS:
            self.permits -= 1
            return True
        full_at = None if own is None else own.spend(self.own_full_at, now)
        if own is None or full_at is None:
            return False
        self.own_full_at = full_at
        self.keep(own.permits, now)
        return True

    def keep(self, permits: int, now: int) -> None:
        """Have these permits here, less the one that is used at once."""
        self.permits, self.kept_until = permits - 1, now + KEPT_MS

    def refused_ms(self, now: int) -> int:
        """How long the bucket is known to be empty; a clock that was set back does not make it for ever."""
        left = self.refused_until - now
        return left if 0 < left <= MINUTE_MS else 0

    def is_idle(self, now: int) -> bool:
        """Whether it knows nothing that a new one would not know."""
        return max(self.kept_until, self.own_full_at, self.refused_until) <= now and not self.asking.locked()


class RateLimits:
    """Counts what callers do, and refuses those who do it too often."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keyed_hash: KeyedHash,
        telemetry: Telemetry,
        per_minute: Mapping[Rule, int],
    ) -> None:
        """Share buckets through `database`; a rule with 0 `per_minute`, or without, limits nobody."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash
        self._telemetry = telemetry
        self._limits = {rule: _Limit.of(count) for rule, count in per_minute.items() if count}
        self._tallies: dict[tuple[Rule, str], _Tally] = {}

    async def spend(self, rule: Rule, whom: str) -> None:
        """Take one permit out of that caller's bucket.

        Errors: Limited.
        """
        limit = self._limits.get(rule)
        if limit is None:
            return
        now = self._clock.now_ms()
        tally = self._tallies.get((rule, whom))
        if tally is None:
            tally = self._tallies[rule, whom] = _Tally()
        if not tally.take(limit.own, now):
            await self._ask(rule, whom, limit, tally)

    def refuse_if_spent(self, rule: Rule, whom: str) -> None:
        """Refuse a caller whose bucket this process has found empty; nothing is taken, nobody is asked.

        Errors: Limited.
        """
        tally = self._tallies.get((rule, whom))
        if tally is not None and (wait_ms := tally.refused_ms(self._clock.now_ms())):
            raise self._refusal(rule, wait_ms)

    async def forget(self) -> int:
        """Forget buckets that are full, here and (one batch of them) in the database; return how many went there."""
        now = self._clock.now_ms()
        self._tallies = {key: tally for key, tally in self._tallies.items() if not tally.is_idle(now)}
        return await self._database.write(partial(rate_limits.forget_full, now=now, most=MOST_AT_ONCE))

    async def _ask(self, rule: Rule, whom: str, limit: _Limit, tally: _Tally) -> None:
        """Take a permit from those that all nodes share; one asks for all who wait here for the same bucket."""
        async with tally.asking:
            now = self._clock.now_ms()
            if tally.take(limit.own, now):
                return
            wait_ms = tally.refused_ms(now) or await self._take_shared(rule, whom, limit.shared, tally)
            if wait_ms:
                raise self._refusal(rule, wait_ms)

    async def _take_shared(self, rule: Rule, whom: str, pace: Pace, tally: _Tally) -> int:
        """Take permits from the database and return 0, or how long there are none."""
        bucket = f"{rule.value}:{self._keyed_hash.of(PURPOSE, whom)}"  # whoever reads the table learns no address
        now = self._clock.now_ms()
        if await rate_limits.spend(self._database, bucket, pace, now=now):
            tally.keep(pace.permits, now)
            return 0
        full_at = await rate_limits.find(self._database.read, bucket)
        wait_ms = min(max(1, pace.wait_ms(full_at, now)), MINUTE_MS)
        tally.refused_until = now + wait_ms
        return wait_ms

    def _refusal(self, rule: Rule, wait_ms: int) -> Limited:
        self._telemetry.limited(rule.value)
        wait_s = -(-wait_ms // 1000)
        return Limited(f"Too many {rule}; come back in {wait_s} s", wait_s)
