"""How old a frame may be: over every interval, window, moment and difference between two nodes' clocks."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from token_server.domain.rotation import acceptable_counters, counter_at, replaced_at

NOW = 1_795_000_000_000
seconds = st.integers(1, 30)
moments = st.integers(NOW, NOW + 120_000)


@pytest.mark.parametrize(
    ("age_ms", "is_good"),
    [
        (-1001, False),  # two frames ahead: nobody's clock is that wrong
        (-1000, True),
        (-1, True),
        (0, True),
        (999, True),
        (1000, True),  # just replaced
        (5999, True),
        (6000, False),  # replaced five seconds ago
        (60_000, False),
    ],
)
def test_a_frame_of_one_second_with_a_window_of_five(age_ms: int, *, is_good: bool) -> None:
    shown_at = 1_795_000_000_000
    assert (counter_at(shown_at, 1) in acceptable_counters(shown_at + age_ms, 1, 5)) is is_good


@given(seconds, seconds, moments, st.integers(-100_000, 100_000))
def test_a_frame_is_good_until_the_window_after_it_was_replaced_has_passed_and_not_a_moment_longer(
    rotation_s: int, window_s: int, shown_at: int, later_ms: int
) -> None:
    counter, now = counter_at(shown_at, rotation_s), shown_at + later_ms
    is_old = now >= replaced_at(counter, rotation_s) + window_s * 1000
    is_far_ahead = now < (counter - 1) * rotation_s * 1000
    assert (counter in acceptable_counters(now, rotation_s, window_s)) is not (is_old or is_far_ahead)


@given(seconds, seconds, moments, st.data())
def test_a_frame_that_another_node_shows_now_is_good_if_the_clocks_differ_within_reason(
    rotation_s: int, window_s: int, now: int, data: st.DataObject
) -> None:
    ahead = data.draw(st.integers(-window_s * 1000 + 1, rotation_s * 1000))
    shown = counter_at(now + ahead, rotation_s)
    assert shown in acceptable_counters(now, rotation_s, window_s)


@given(seconds, seconds, moments)
@example(1, 30, NOW)
def test_the_frame_that_is_shown_is_tried_first_and_few_are_tried(rotation_s: int, window_s: int, now: int) -> None:
    counters = list(acceptable_counters(now, rotation_s, window_s))
    assert counters[0] == counter_at(now, rotation_s)
    assert len(set(counters)) == len(counters) <= window_s // rotation_s + 3


@given(seconds, moments)
def test_every_moment_has_one_frame_and_it_is_replaced_after_its_interval(rotation_s: int, now: int) -> None:
    counter = counter_at(now, rotation_s)
    assert replaced_at(counter, rotation_s) - rotation_s * 1000 <= now < replaced_at(counter, rotation_s)
    assert counter_at(replaced_at(counter, rotation_s), rotation_s) == counter + 1
