"""Python's garbage collector in a process that lives long or makes many objects."""

from __future__ import annotations

import gc


def spare_the_collector() -> None:
    """Let the garbage collector leave alone what stays for good, and look less often: a request makes no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
