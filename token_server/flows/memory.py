"""What a process remembers of its last visitors, instead of asking the database what its next statement asks anyway.

Nothing in here is true, it only was. Whoever acts on it makes a change whose guard asks again, on every node and in the
same instant, and looks things up as soon as that guard says no: see docs/decisions/0020.
"""

from __future__ import annotations

from typing import Generic, TypeVar

Key = TypeVar("Key")
Thing = TypeVar("Thing")


class Memory(Generic[Key, Thing]):
    """Keeps the things that were last of use, up to a number."""

    def __init__(self, most: int) -> None:
        """Keep `most` things; the one that nobody asked for longest goes first."""
        self._most = most
        self._things: dict[Key, Thing] = {}

    def keep(self, key: Key, thing: Thing) -> None:
        """Remember the thing."""
        self._things.pop(key, None)
        if len(self._things) >= self._most:
            del self._things[next(iter(self._things))]
        self._things[key] = thing

    def get(self, key: Key) -> Thing | None:
        """Return the thing, if it is remembered; it stays so the longer."""
        thing = self._things.pop(key, None)
        if thing is not None:
            self._things[key] = thing
        return thing

    def forget(self, key: Key) -> None:
        """Forget the thing."""
        self._things.pop(key, None)
