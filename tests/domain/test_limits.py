"""Leaky buckets: never more than they say, and whoever waits as long as he is told gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from token_server.domain.limits import MINUTE_MS, Pace, Rule

NOW = 1_795_000_000_000
per_minutes = st.one_of(st.integers(1, 100), st.integers(1, 1_200_000))
pauses_ms = st.lists(st.one_of(st.just(0), st.integers(0, 300), st.integers(0, 90_000)), min_size=1, max_size=150)


def passed(pace: Pace, times: list[int]) -> list[int]:
    """The moments at which a step was let through, of those who came at these times."""
    full_at, through = 0, []
    for now in times:
        spent = pace.spend(full_at, now)
        if spent is not None:
            full_at = spent
            through.append(now)
    return through


def moments(pauses: list[int]) -> list[int]:
    now, times = NOW, []
    for pause in pauses:
        now += pause
        times.append(now)
    return times


@given(per_minutes, pauses_ms)
def test_no_stretch_of_time_sees_more_than_the_burst_and_what_came_back_meanwhile(
    per_minute: int, pauses: list[int]
) -> None:
    pace = Pace.of(per_minute)
    through = passed(pace, moments(pauses))
    for first, begin in enumerate(through):
        for count, end in enumerate(through[first:], start=1):
            assert count * pace.permits * MINUTE_MS <= per_minute * (MINUTE_MS + end - begin)


@given(per_minutes, pauses_ms)
def test_who_waits_as_long_as_told_gets_through_and_not_a_millisecond_before(
    per_minute: int, pauses: list[int]
) -> None:
    pace, full_at = Pace.of(per_minute), 0
    for now in moments(pauses):
        full_at = pace.spend(full_at, now) or full_at
        wait_ms = pace.wait_ms(full_at, now)
        assert (pace.spend(full_at, now) is None) is (wait_ms > 0)
        if wait_ms:
            assert pace.spend(full_at, now + wait_ms) is not None
            assert pace.spend(full_at, now + wait_ms - 1) is None
            assert wait_ms <= pace.step_ms


@pytest.mark.parametrize("per_minute", [1, 2, 7, 30, 59, 60, 61, 100, 599, 600, 1199])
def test_a_small_limit_lets_exactly_so_many_through_at_once(per_minute: int) -> None:
    pace = Pace.of(per_minute)
    assert pace.permits == 1
    assert len(passed(pace, [NOW] * (per_minute + 50))) == per_minute


@given(per_minutes)
def test_rounding_takes_little_away(per_minute: int) -> None:
    pace = Pace.of(per_minute)
    steps = pace.depth_ms // pace.step_ms
    assert per_minute - pace.permits < steps * pace.permits <= per_minute
    assert pace.permits / pace.step_ms >= 0.98 * per_minute / MINUTE_MS


@given(per_minutes, st.integers(2 * MINUTE_MS + 10_000, 10**9))
def test_a_clock_that_was_wrong_locks_nobody_out(per_minute: int, ahead: int) -> None:
    pace = Pace.of(per_minute)
    assert pace.spend(NOW + ahead, NOW) == NOW + pace.step_ms


def test_a_limit_reads_as_words() -> None:
    assert [str(rule) for rule in Rule][:2] == ["client requests", "failed credentials"]
