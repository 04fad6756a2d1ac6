"""How often is too often: a leaky bucket for each who calls (GCRA, ITU-T I.371 Annex A).

A limit of N a minute lets N through at once, and then one more each N-th part of a minute. All that is remembered of
a bucket is when it is full again. Who waits as long as he is told gets through, whatever he did before.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

MINUTE_MS = 60_000
# What is taken out of a bucket together comes back in about a tenth of a second.
STEPS_A_MINUTE = 600
# A bucket that is full later than this many times its depth was written under another clock.
BELIEVED_DEPTHS = 2


class Rule(StrEnum):
    """What is counted, and for whom. Always for the one who calls, so that nobody spends what is another's."""

    CLIENT_REQUESTS = "client_requests"
    FAILED_CREDENTIALS = "failed_credentials"
    DEVICE_REGISTRATIONS = "device_registrations"
    DEVICE_REQUESTS = "device_requests"
    WRONG_CODES = "wrong_codes"
    UNKNOWN_VIEWS = "unknown_views"
    VIEW_REQUESTS = "view_requests"
    OPERATOR_SIGN_INS = "operator_sign_ins"
    OPERATOR_CODES = "operator_codes"

    def __str__(self) -> str:
        return self.value.replace("_", " ")


@dataclass(frozen=True)
class Pace:
    """A bucket that is emptied by steps: each lets `permits` through and takes `step_ms` to come back.

    Rounded so that it never lets more through than it says. Units: milliseconds.
    """

    permits: int
    step_ms: int
    depth_ms: int

    @classmethod
    def of(cls, per_minute: int) -> Self:
        """Return the pace of so many a minute."""
        permits = max(1, per_minute // STEPS_A_MINUTE)
        step_ms = _ceiling(permits * MINUTE_MS, per_minute)
        return cls(permits, step_ms, per_minute // permits * step_ms)

    def spend(self, full_at: int, now: int) -> int | None:
        """Return when the bucket is full again after one more step; None when that does not fit any more."""
        full_at = self._from(full_at, now) + self.step_ms
        return full_at if full_at <= now + self.depth_ms else None

    def wait_ms(self, full_at: int, now: int) -> int:
        """Return how long it takes until one more step fits."""
        return max(0, self._from(full_at, now) + self.step_ms - self.depth_ms - now)

    def latest_believed(self, now: int) -> int:
        """Return the time after which a bucket cannot be full again, unless a clock was wrong and is right now."""
        return now + BELIEVED_DEPTHS * self.depth_ms

    def _from(self, full_at: int, now: int) -> int:
        return full_at if now < full_at <= self.latest_believed(now) else now


def _ceiling(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
