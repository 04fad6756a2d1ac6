"""Before something is done that cannot be undone, somebody is asked."""

from __future__ import annotations

import sys


def agreed(question: str, *, yes: bool) -> bool:
    """Return whether somebody said yes: on the command line, or now."""
    if yes:
        return True
    if not sys.stdin.isatty():
        print("Nobody is there to be asked: say --yes.", file=sys.stderr)
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
