"""What the dashboard counts.

Units: times in milliseconds since 1970 UTC, lengths of time in milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Range(StrEnum):
    """How far back the dashboard looks."""

    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"


STEPS_MS = {Range.HOUR: 120_000, Range.DAY: 3_600_000, Range.WEEK: 21_600_000}
STEPS = {Range.HOUR: 30, Range.DAY: 24, Range.WEEK: 28}


class Bucket(NamedTuple):
    """What became of the transactions that began in one stretch of time; `open` can still be answered."""

    since: int
    started: int = 0
    scanned: int = 0
    accepted: int = 0
    denied: int = 0
    expired: int = 0

    @property
    def open(self) -> int:
        """Those that have not ended."""
        return self.started - self.accepted - self.denied - self.expired


class AnswerTimes(NamedTuple):
    """How long people took from the start to their answer; None when nobody answered."""

    answered: int
    median_ms: int | None
    p90_ms: int | None


class CallbackHealth(NamedTuple):
    """How telling portals went; `failing` are addresses that do not answer as they should, with how many wait."""

    delivered: int
    waiting: int
    given_up: int
    failing: Sequence[tuple[str, int]]


class Advice(NamedTuple):
    """One thing to look at: `bad`, `warn` or `note`; `page` is where."""

    tone: str
    text: str
    page: str


@dataclass(frozen=True)
class Figures:
    """Everything on the dashboard."""

    range: Range
    buckets: Sequence[Bucket]
    times: AnswerTimes
    callbacks: CallbackHealth
    advice: Sequence[Advice]

    @property
    def total(self) -> Bucket:
        """All stretches of time together."""
        counts = [sum(column) for column in list(zip(*self.buckets, strict=True))[1:]]
        return Bucket(self.buckets[0].since, *counts)


def first_moment(span: Range, now: int) -> int:
    """Return when the first stretch begins: stretches begin at round times, and the last holds this moment."""
    step = STEPS_MS[span]
    return now // step * step - (STEPS[span] - 1) * step
