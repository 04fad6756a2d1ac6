"""What a database is to the rest of the house: committed reads, and units of work that happen whole or not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

T = TypeVar("T")

Value = str | int | bytes | None
Row = Mapping[str, Any]

ANYTHING = ""
"""Heard instead of a key: announcements may have been lost on the way, so anything may have happened."""


class Statement(NamedTuple):
    """SQL with the values of its `:name` parameters."""

    sql: str
    params: Mapping[str, Value]


class Move(NamedTuple):
    """A whole unit of work of the commonest kind: one guarded change, and what goes with it if it takes place.

    `change` returns the rows it changed; `then` holds `INSERT INTO … SELECT …` statements without FROM;
    `announcement` is a topic and a key, heard after the commit. On PostgreSQL all of it is one round trip.
    `key` names the one row that the change may lock. With it, moves of the same text that wait for PostgreSQL together
    share a round trip and a commit; each still has its own guard and its own answer.
    """

    change: Statement
    then: tuple[Statement, ...] = ()
    announcement: tuple[str, str] | None = None
    key: str | None = None


class Reader(Protocol):
    """Answers questions; statements carry their values as `:name` parameters."""

    async def all(self, sql: str, **params: Value) -> list[Row]:
        """Every row of the answer, by column name."""
        ...

    async def first(self, sql: str, **params: Value) -> Row | None:
        """The first row of the answer, or None when there is none."""
        ...


class UnitOfWork(Reader, Protocol):
    """One story's changes: all of them are kept, or none.

    A statement that fails ends the unit, on both engines: whatever the story does next, the unit is rolled back and the
    error is raised. Use `ON CONFLICT` where "there is one already" is an expected answer.
    """

    async def run(self, sql: str, **params: Value) -> int:
        """Carry out a statement and return how many rows it changed."""
        ...

    async def run_each(self, sql: str, params: Sequence[Mapping[str, Value]]) -> None:
        """Carry out a statement once for each set of values: a change that is made many times over."""
        ...

    def later(self, sql: str, **params: Value) -> None:
        """Have a statement carried out before the commit, at the latest: one that changes rows and tells nothing.

        Several of them, and on PostgreSQL even a whole unit made of them, then cost one round trip. Errors come with
        the commit.
        """
        ...

    def announce(self, topic: str, key: str) -> None:
        """Have listeners hear `key` after the commit, and only after it."""
        ...


class Database(Protocol):
    """One open database of either engine."""

    engine: str
    """`sqlite` or `postgresql`."""

    @property
    def read(self) -> Reader:
        """Reads what is committed, outside any unit of work."""
        ...

    async def write(self, story: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run the story in one unit of work, commit it durably, then return what the story returned.

        The story may be run several times, so it has no effects but through the unit, and waits for nothing else.
        Errors: what the story raises, after rolling back; StorageBusy when repeating did not help; AlreadyExists for a
        row that breaks a unique rule; Unavailable when the answer to a COMMIT was lost on the way.
        """
        ...

    async def move(self, move: Move) -> list[Row]:
        """Carry out the move as a unit of work of its own and return the rows it changed: none when its guard held.

        Errors: as for `write`.
        """
        ...

    def listen(self, topic: str, hear: Callable[[str], None]) -> Callable[[], None]:
        """Call `hear(key)` on the event loop for what is announced from now on; returns "stop listening".

        An announcement is a hint to look again, never the news itself: one may be lost with a connection or a process.
        `ANYTHING` is heard when some may have been lost.
        """
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of every connection."""
        ...
