"""The two digits that the portal shows: how they look, and how wrong ones are counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from token_server.domain.numbers import NUMBERS, TRIES, is_counted, is_number, tries_left, write_number


def test_a_number_has_two_digits_and_there_are_a_hundred() -> None:
    written = [write_number(number) for number in range(NUMBERS)]
    assert (written[0], written[7], written[99]) == ("00", "07", "99")
    assert len(set(written)) == 100
    assert all(is_number(text) for text in written)


@pytest.mark.parametrize("text", ["", "7", "007", "4x", " 4", "42\n", "-1", "٤٢", "\uff14\uff12", "²³"])
def test_nothing_else_is_a_number(text: str) -> None:
    assert not is_number(text)


@given(st.text(max_size=4))
def test_whatever_looks_like_a_number_is_one_of_the_hundred(text: str) -> None:
    assert is_number(text) == (text in {f"{number:02}" for number in range(100)})


def test_three_different_wrong_numbers_are_too_many() -> None:
    assert TRIES == 3
    assert [tries_left(wrong) for wrong in ("", "01", "01,02", "01,02,03")] == [3, 2, 1, 0]


def test_a_number_that_was_tried_is_known_again() -> None:
    assert is_counted("12", "11,12")
    assert not is_counted("21", "11,12")
    assert not is_counted("12", "")
