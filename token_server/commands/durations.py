"""Times as people type them: `24h`, `30m`, `90s`, `7d`, `0`."""

from __future__ import annotations

import argparse
import re

UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST_S = 7 * UNITS_S["d"]


def read_duration_s(text: str) -> int:
    """Return the seconds that the text means; no unit means seconds.

    Errors: ArgumentTypeError.
    """
    found = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text)
    seconds = int(found[1]) * UNITS_S[found[2]] if found else -1
    if not 0 <= seconds <= LONGEST_S:
        problem = f"must be a time like 24h, 30m or 0, at most 7d, not {text!r}"
        raise argparse.ArgumentTypeError(problem)
    return seconds
