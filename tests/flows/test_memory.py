"""What a process remembers: as much as it may, and what was last of use."""

from __future__ import annotations

from token_server.flows.memory import Memory


def test_what_nobody_asked_for_longest_goes_first() -> None:
    memory = Memory[str, int](2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    assert memory.get("a") == 1
    memory.keep("c", 3)
    assert [memory.get(key) for key in "abc"] == [1, None, 3]


def test_what_is_kept_again_is_replaced_and_takes_no_second_place() -> None:
    memory = Memory[str, int](2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    memory.keep("a", 3)
    assert [memory.get(key) for key in "ab"] == [3, 2]


def test_what_is_forgotten_is_gone_and_may_be_forgotten_again() -> None:
    memory = Memory[str, int](2)
    memory.keep("a", 1)
    memory.forget("a")
    memory.forget("a")
    assert memory.get("a") is None
