"""What all changes of the configuration have in common: who made them, what is written about them, what is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.errors import ChangedMeanwhile, NotFound
from token_server.domain.facts import differing
from token_server.domain.operators import Operator
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import audit_events

T = TypeVar("T")


@dataclass(frozen=True)
class Author:
    """Who changes something, by what way, and when, as the audit trail tells it."""

    actor: str
    via: str
    now: int

    def note(self, unit: UnitOfWork, event: str, **facts: Any) -> None:
        """Write the event to the audit trail, in the unit of work of the change."""
        audit_events.add(unit, event, actor=self.actor, now=self.now, via=self.via, **facts)

    def note_change(
        self, unit: UnitOfWork, event: str, before: Mapping[str, Any], after: Mapping[str, Any], **facts: Any
    ) -> None:
        """Write it with those facts that differ, before and after."""
        old, new = differing(before, after)
        self.note(unit, event, **facts, before=old, after=new)


@dataclass(frozen=True)
class ConfigurationChanges:
    """Carries out what operators change, each in a unit of work of its own, and has this process see it at once."""

    database: Database
    clock: Clock
    configuration: ReadConfiguration

    async def make(self, operator: Operator, story: Callable[[UnitOfWork, Author], Awaitable[T]]) -> T:
        """Return what the story returned, once it is committed."""

        async def whole(unit: UnitOfWork) -> T:
            return await story(unit, Author(operator.actor, operator.via, self.clock.now_ms()))

        result = await self.database.write(whole)
        self.configuration.forget()
        return result


def found(value: T | None, what: str) -> T:
    """Return what was looked for.

    Errors: NotFound.
    """
    if value is None:
        problem = f"There is no {what}"
        raise NotFound(problem)
    return value


def newest(revision: int | None, what: str) -> int:
    """Return the revision that a guarded change made.

    Errors: ChangedMeanwhile when the guard held: somebody was first.
    """
    if revision is None:
        problem = f"{what[:1].upper()}{what[1:]} was changed meanwhile, or there is nothing to change"
        raise ChangedMeanwhile(problem)
    return revision
