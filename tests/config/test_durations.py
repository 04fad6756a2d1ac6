"""Times as operators type them."""

from __future__ import annotations

import argparse

import pytest

from token_server.commands.durations import read_duration_s
from token_server.commands.parser import parse


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("90", 90), ("90s", 90), ("30m", 1800), ("24h", 86_400), ("7d", 604_800), ("168h", 604_800)],
)
def test_times_have_units(text: str, seconds: int) -> None:
    assert read_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-1", "1w", "8d", "604801", "1.5h", "24 h", "٣h", "99999999999s"])
def test_what_is_no_time_or_too_long_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="24h"):
        read_duration_s(text)


def test_an_overlap_lasts_a_day_unless_it_is_said() -> None:
    rotate = ["clients", "rotate-callback-secret", "shop"]
    assert parse(rotate).overlap == 86_400
    assert parse([*rotate, "--overlap", "0"]).overlap == 0
