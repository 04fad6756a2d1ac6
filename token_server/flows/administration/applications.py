"""An admin says which apps may register."""

from __future__ import annotations

from token_server.clock import Clock
from token_server.database.engine import Database, Reader, UnitOfWork
from token_server.domain.applications import Application
from token_server.domain.errors import AlreadyExists
from token_server.domain.facts import facts_of
from token_server.domain.operators import Operator, Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.changes import Author, ConfigurationChanges, found, newest
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import applications


class ManageApplications:
    """Creates, changes, disables and enables applications, each with its versions and deep link."""

    def __init__(self, database: Database, clock: Clock, configuration: ReadConfiguration) -> None:
        """Change what `database` holds and `configuration` shows."""
        self._database = database
        self._changes = ConfigurationChanges(database, clock, configuration)

    async def list_all(self) -> list[Revised[Application]]:
        """Return every application, disabled ones too, by identifier."""
        return await applications.list_all(self._database.read)

    async def get(self, identifier: str) -> Revised[Application]:
        """Return the application of that identifier.

        Errors: NotFound.
        """
        return await _get(self._database.read, identifier)

    async def create(self, operator: Operator, application: Application) -> None:
        """Let a new application register.

        Errors: NotAllowed, InvalidParameter, AlreadyExists.
        """
        operator.require(Permission.CHANGE_APPLICATIONS)
        await self._changes.make(operator, lambda unit, author: add(unit, author, application))

    async def change(self, operator: Operator, application: Application, *, revision: int) -> int:
        """Change name, versions (to exactly these) and deep link, and return the new revision.

        Errors: NotAllowed, InvalidParameter, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_APPLICATIONS)
        return await self._changes.make(
            operator, lambda unit, author: amend(unit, author, application, revision=revision)
        )

    async def disable(self, operator: Operator, identifier: str, *, revision: int) -> int:
        """Let no more installations register and return the new revision; those there are go on.

        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_APPLICATIONS)
        return await self._changes.make(
            operator, lambda unit, author: switch(unit, author, identifier, revision=revision, disabled=True)
        )

    async def enable(self, operator: Operator, identifier: str, *, revision: int) -> int:
        """Let installations register again and return the new revision.

        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_APPLICATIONS)
        return await self._changes.make(
            operator, lambda unit, author: switch(unit, author, identifier, revision=revision, disabled=False)
        )


async def add(unit: UnitOfWork, author: Author, application: Application) -> None:
    """Remember a new application.

    Errors: InvalidParameter, AlreadyExists.
    """
    application.check()
    if not await applications.insert(unit, application, now=author.now):
        problem = f"There is an application {application.identifier} already"
        raise AlreadyExists(problem)
    author.note(unit, "application_created", identifier=application.identifier, after=facts_of(application))


async def amend(unit: UnitOfWork, author: Author, application: Application, *, revision: int) -> int:
    """Change an application of that revision and return the new one.

    Errors: InvalidParameter, NotFound, ChangedMeanwhile.
    """
    application.check()
    identifier = application.identifier
    before = (await _get(unit, identifier)).value
    changed = newest(
        await applications.change(unit, application, revision=revision, now=author.now), _called(identifier)
    )
    before_and_after = (facts_of(before), facts_of(application))
    author.note_change(unit, "application_changed", *before_and_after, identifier=identifier, revision=changed)
    return changed


async def switch(unit: UnitOfWork, author: Author, identifier: str, *, revision: int, disabled: bool) -> int:
    """Disable or enable an application of that revision and return the new one.

    Errors: NotFound, ChangedMeanwhile.
    """
    await _get(unit, identifier)
    act = applications.disable if disabled else applications.enable
    changed = newest(await act(unit, identifier, revision=revision, now=author.now), _called(identifier))
    event = "application_disabled" if disabled else "application_enabled"
    author.note(unit, event, identifier=identifier, revision=changed)
    return changed


def _called(identifier: str) -> str:
    return f"the application {identifier}"


async def _get(reader: Reader, identifier: str) -> Revised[Application]:
    return found(await applications.find(reader, identifier), f"application {identifier}")
