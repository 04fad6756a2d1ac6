"""Codes that change: which frame is shown when, and for how long it can be claimed.

    frame 7 is shown ──────────┤ accept window ├── gone
                               │
    counter 7                  └ frame 7 is replaced by frame 8

A frame is as old as the time since it was replaced, by the clock of the server that is asked. Neither the browser nor
the phone has a say in it. Nodes' clocks differ a little, so a frame that starts to be shown next is good already.
Units: milliseconds since 1970 UTC; `rotation_s` and `accept_window_s` in seconds.
"""

from __future__ import annotations

from collections.abc import Iterator


def counter_at(now: int, rotation_s: int) -> int:
    """Return the counter of the frame that is shown then (RFC 6238 section 4.2, with T0 = 0)."""
    return now // (rotation_s * 1000)


def replaced_at(counter: int, rotation_s: int) -> int:
    """Return when that frame is no longer the one to show."""
    return (counter + 1) * rotation_s * 1000


def acceptable_counters(now: int, rotation_s: int, accept_window_s: int) -> Iterator[int]:
    """Return the frames that can be claimed then: the one shown, those replaced less than the window ago, the next."""
    shown = counter_at(now, rotation_s)
    oldest = (now - accept_window_s * 1000) // (rotation_s * 1000)
    yield from range(shown, oldest - 1, -1)
    yield shown + 1
