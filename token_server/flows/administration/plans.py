"""What differs between a configuration file and the database, thing by thing, with how to bring it about.

A file is read in one of two ways. *Planted*, it states some things, and the rest stays as it is. *Strict*, it states
everything: what it does not name is disabled, or removed where nothing hangs on it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from token_server.database.engine import UnitOfWork
from token_server.domain.facts import differing, facts_of
from token_server.domain.plans import Difference, Step
from token_server.domain.revised import Revised
from token_server.flows.administration.changes import Author

T = TypeVar("T")
Thing_contra = TypeVar("Thing_contra", contravariant=True)
FIRST_REVISION = 1
Act = Callable[[UnitOfWork, Author], Awaitable[Any]]


class Add(Protocol[Thing_contra]):
    """Makes a thing; as `authentication_types.add`."""

    async def __call__(self, unit: UnitOfWork, author: Author, thing: Thing_contra, /) -> None:
        """Make it."""
        ...


class Amend(Protocol[Thing_contra]):
    """Changes a thing of that revision and returns the new one; as `authentication_types.amend`."""

    async def __call__(self, unit: UnitOfWork, author: Author, thing: Thing_contra, /, *, revision: int) -> int:
        """Change it."""
        ...


class Switch(Protocol):
    """Disables or enables what has that name and revision; as `authentication_types.switch`."""

    async def __call__(self, unit: UnitOfWork, author: Author, name: str, /, *, revision: int, disabled: bool) -> int:
        """Switch it."""
        ...


class SetSecrets(Protocol):
    """Gives what has that revision its secrets and returns the new revision."""

    async def __call__(self, unit: UnitOfWork, author: Author, /, *, revision: int) -> int:
        """Set them."""
        ...


@dataclass(frozen=True)
class Planned:
    """One difference, and what makes it disappear; guarded by the revision that was compared with."""

    difference: Difference
    act: Act


@dataclass(frozen=True)
class NewSecrets:
    """The secrets of one thing that get another value: their names, and how."""

    names: tuple[str, ...]
    set: SetSecrets


@dataclass(frozen=True)
class Shelf(Generic[T]):
    """Things of one kind that are never deleted: how each is added, changed, switched, and given secrets."""

    section: str
    add: Add[T]
    amend: Amend[T]
    switch: Switch
    new_secrets: Mapping[str, NewSecrets] = field(default_factory=dict)

    def plan(
        self,
        wanted: Mapping[str, T],
        current: Mapping[str, Revised[T]],
        disabled: Mapping[tuple[str, str], bool],
        *,
        is_strict: bool,
    ) -> list[Planned]:
        """Return what differs; where the file does not say that something is disabled, strict means that it is not."""
        planned = []
        for name, thing in wanted.items():
            stated = disabled.get((self.section, name), False if is_strict else None)
            if name not in current:
                planned.append(self._addition(name, thing, is_disabled=bool(stated)))
            else:
                planned += self._changes(name, thing, current[name], stated)
        absent = [name for name in current if is_strict and name not in wanted]
        return planned + [self._end(name, current[name]) for name in absent if current[name].disabled_at is None]

    def _addition(self, name: str, thing: T, *, is_disabled: bool) -> Planned:
        async def act(unit: UnitOfWork, author: Author) -> None:
            await self.add(unit, author, thing)
            if is_disabled:
                await self.switch(unit, author, name, revision=FIRST_REVISION, disabled=True)

        facts = {**facts_of(thing), **({"disabled": True} if is_disabled else {})}
        return Planned(Difference(Step.ADD, self.section, name, after=facts, secrets=self._secret_names(name)), act)

    def _changes(self, name: str, thing: T, stands: Revised[T], stated: bool | None) -> list[Planned]:  # noqa: FBT001 - None is an answer too
        was_disabled = stands.disabled_at is not None
        will_be_disabled = was_disabled if stated is None else stated
        secrets = self.new_secrets.get(name)
        before, after = differing(facts_of(stands.value), facts_of(thing))
        old, new = differing({"disabled": was_disabled}, {"disabled": will_be_disabled})
        if not (before or old or secrets):
            return []

        async def act(unit: UnitOfWork, author: Author) -> None:
            revision = stands.revision
            if before:
                revision = await self.amend(unit, author, thing, revision=revision)
            if secrets is not None:
                revision = await secrets.set(unit, author, revision=revision)
            if old:
                await self.switch(unit, author, name, revision=revision, disabled=will_be_disabled)

        names = self._secret_names(name)
        return [Planned(Difference(Step.CHANGE, self.section, name, before | old, after | new, names), act)]

    def _end(self, name: str, stands: Revised[T]) -> Planned:
        end = partial(self.switch, revision=stands.revision, disabled=True)
        return Planned(Difference(Step.DISABLE, self.section, name), lambda unit, author: end(unit, author, name))

    def _secret_names(self, name: str) -> tuple[str, ...]:
        return self.new_secrets[name].names if name in self.new_secrets else ()
