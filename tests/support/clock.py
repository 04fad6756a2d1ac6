"""Clocks for tests: one that stands still until told otherwise, one that runs and can be moved."""

from __future__ import annotations

import time


class FrozenClock:
    """Stands still until it is moved."""

    def __init__(self, now_ms: int = 1_795_000_000_000) -> None:
        """Begin at that time."""
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return self._now_ms

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._now_ms += round(seconds * 1000)


class MovableClock:
    """Runs with the machine's clock, and can be set forward."""

    def __init__(self) -> None:
        """Begin now."""
        self._ahead_ms = 0

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000 + self._ahead_ms

    def move(self, seconds: float) -> None:
        """Set the clock forward."""
        self._ahead_ms += round(seconds * 1000)
