"""An admin says what portals may ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from token_server.clock import Clock
from token_server.database.engine import Database, Reader, UnitOfWork
from token_server.domain.authentication_types import AuthenticationType
from token_server.domain.errors import AlreadyExists
from token_server.domain.facts import facts_of
from token_server.domain.operators import Operator, Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.changes import Author, ConfigurationChanges, found, newest
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import api_clients, authentication_types, settings

USED_LATELY_MS = 90 * 86_400_000


@dataclass(frozen=True)
class Renamed:
    """What renaming came to; `used_by` are the API clients that asked for the old name lately, and fail from now on."""

    revision: int
    used_by: list[str]


class ManageAuthenticationTypes:
    """Creates, changes, renames, disables and enables authentication types; none is ever deleted."""

    def __init__(self, database: Database, clock: Clock, configuration: ReadConfiguration) -> None:
        """Change what `database` holds and `configuration` shows."""
        self._database = database
        self._clock = clock
        self._changes = ConfigurationChanges(database, clock, configuration)

    async def list_all(self) -> list[Revised[AuthenticationType]]:
        """Return every type, disabled ones too, by name."""
        return await authentication_types.list_all(self._database.read)

    async def get(self, name: str) -> Revised[AuthenticationType]:
        """Return the type of that name.

        Errors: NotFound.
        """
        return await _get(self._database.read, name)

    async def used_by(self, name: str) -> list[str]:
        """Return the ids of the API clients that started transactions of it in the last 90 days."""
        since = self._clock.now_ms() - USED_LATELY_MS
        return await api_clients.list_asking(self._database.read, name, since=since)

    async def create(self, operator: Operator, kind: AuthenticationType) -> None:
        """Offer a new type.

        Errors: NotAllowed, InvalidParameter, AlreadyExists.
        """
        operator.require(Permission.CHANGE_MOBILE_AUTHENTICATION)
        await self._changes.make(operator, lambda unit, author: add(unit, author, kind))

    async def change(self, operator: Operator, kind: AuthenticationType, *, revision: int) -> int:
        """Change everything but the name and return the new revision.

        Errors: NotAllowed, InvalidParameter, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_MOBILE_AUTHENTICATION)
        return await self._changes.make(operator, lambda unit, author: amend(unit, author, kind, revision=revision))

    async def rename(self, operator: Operator, name: str, new_name: str, *, revision: int) -> Renamed:
        """Call the type otherwise; transactions that were started keep the name that was asked for.

        Errors: NotAllowed, InvalidParameter, NotFound, AlreadyExists, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_MOBILE_AUTHENTICATION)
        changed = await self._changes.make(
            operator, lambda unit, author: _rename(unit, author, name, new_name, revision=revision)
        )
        return Renamed(changed, await self.used_by(name))

    async def disable(self, operator: Operator, name: str, *, revision: int) -> int:
        """Offer the type no more and return the new revision; what was started goes on.

        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_MOBILE_AUTHENTICATION)
        return await self._changes.make(
            operator, lambda unit, author: switch(unit, author, name, revision=revision, disabled=True)
        )

    async def enable(self, operator: Operator, name: str, *, revision: int) -> int:
        """Offer the type again and return the new revision.

        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_MOBILE_AUTHENTICATION)
        return await self._changes.make(
            operator, lambda unit, author: switch(unit, author, name, revision=revision, disabled=False)
        )


async def add(unit: UnitOfWork, author: Author, kind: AuthenticationType) -> None:
    """Remember a new type.

    Errors: InvalidParameter, AlreadyExists.
    """
    kind.check(max_message_length=(await settings.load(unit)).max_message_length)
    if not await authentication_types.insert(unit, kind, now=author.now):
        problem = f"There is an authentication type {kind.name} already"
        raise AlreadyExists(problem)
    author.note(unit, "authentication_type_created", name=kind.name, after=facts_of(kind))


async def amend(unit: UnitOfWork, author: Author, kind: AuthenticationType, *, revision: int) -> int:
    """Change a type of that revision and return the new one.

    Errors: InvalidParameter, NotFound, ChangedMeanwhile.
    """
    kind.check(max_message_length=(await settings.load(unit)).max_message_length)
    before = (await _get(unit, kind.name)).value
    changed = newest(
        await authentication_types.change(unit, kind, revision=revision, now=author.now), _called(kind.name)
    )
    author.note_change(
        unit, "authentication_type_changed", facts_of(before), facts_of(kind), name=kind.name, revision=changed
    )
    return changed


async def switch(unit: UnitOfWork, author: Author, name: str, *, revision: int, disabled: bool) -> int:
    """Disable or enable a type of that revision and return the new one.

    Errors: NotFound, ChangedMeanwhile.
    """
    await _get(unit, name)
    act = authentication_types.disable if disabled else authentication_types.enable
    changed = newest(await act(unit, name, revision=revision, now=author.now), _called(name))
    event = "authentication_type_disabled" if disabled else "authentication_type_enabled"
    author.note(unit, event, name=name, revision=changed)
    return changed


async def _rename(unit: UnitOfWork, author: Author, name: str, new_name: str, *, revision: int) -> int:
    before = (await _get(unit, name)).value
    after = replace(before, name=new_name)
    after.check(max_message_length=(await settings.load(unit)).max_message_length)
    if new_name != name and await authentication_types.find(unit, new_name) is not None:
        problem = f"There is an authentication type {new_name} already"
        raise AlreadyExists(problem)
    changed = newest(
        await authentication_types.rename(unit, name, new_name, revision=revision, now=author.now), _called(name)
    )
    author.note_change(
        unit, "authentication_type_renamed", facts_of(before), facts_of(after), name=new_name, revision=changed
    )
    return changed


def _called(name: str) -> str:
    return f"the authentication type {name}"


async def _get(reader: Reader, name: str) -> Revised[AuthenticationType]:
    return found(await authentication_types.find(reader, name), f"authentication type {name}")
