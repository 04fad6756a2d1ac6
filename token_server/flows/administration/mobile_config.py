"""An admin changes the system features and the general mobile config: all fields together, with one revision."""

from __future__ import annotations

from collections.abc import Mapping

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.errors import InvalidParameter
from token_server.domain.facts import facts_of
from token_server.domain.mobile_config import FEATURES, MobileConfig, Setting, parse_field
from token_server.domain.operators import Operator, Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.changes import Author, ConfigurationChanges, newest
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import authentication_types, settings


class ManageMobileConfig:
    """Changes the features and the general mobile config."""

    def __init__(self, database: Database, clock: Clock, configuration: ReadConfiguration) -> None:
        """Change what `database` holds and `configuration` shows."""
        self._database = database
        self._changes = ConfigurationChanges(database, clock, configuration)

    async def get(self) -> Revised[MobileConfig]:
        """Return everything as it stands."""
        return await settings.load_revised(self._database.read)

    async def change(self, operator: Operator, config: MobileConfig, *, revision: int) -> int:
        """Change what differs and return the new revision.

        Errors: NotAllowed for features, or the rest, by somebody who may not change those; InvalidParameter;
        ChangedMeanwhile.
        """
        changed = _difference((await self.get()).value, config)
        if not changed or changed.keys() & FEATURES:
            operator.require(Permission.CHANGE_FEATURES)
        if not changed or changed.keys() - FEATURES:
            operator.require(Permission.CHANGE_MOBILE_AUTHENTICATION)

        async def story(unit: UnitOfWork, author: Author) -> int:
            new_revision = await amend(unit, author, config, revision=revision)
            if "max_message_length" in changed:
                await require_room_for_messages(unit)
            return new_revision

        return await self._changes.make(operator, story)

    async def change_field(self, operator: Operator, name: str, text: str) -> tuple[Setting, Setting]:
        """Set one field from its text and return its value before and after.

        Errors: NotAllowed, InvalidParameter, ChangedMeanwhile.
        """
        value, found = parse_field(name, text), await self.get()
        before: Setting = getattr(found.value, name)
        if value != before:
            await self.change(operator, found.value.with_fields({name: value}), revision=found.revision)
        return before, value


async def amend(unit: UnitOfWork, author: Author, config: MobileConfig, *, revision: int) -> int:
    """Change a mobile config of that revision and return the new one.

    Errors: InvalidParameter, ChangedMeanwhile.
    """
    config.check()
    before = await settings.load(unit)
    stated = _difference(before, config)
    changed = newest(await settings.change(unit, stated, revision=revision, now=author.now), "the mobile configuration")
    author.note_change(unit, "mobile_config_changed", facts_of(before), facts_of(config), revision=changed)
    return changed


async def require_room_for_messages(unit: UnitOfWork) -> None:
    """Refuse a length that the default message of a type exceeds: portals that send no message would be refused.

    Errors: InvalidParameter.
    """
    longest = (await settings.load(unit)).max_message_length
    for each in await authentication_types.list_all(unit):
        if any(len(message) > longest for message in each.value.default_messages.values()):
            problem = f"is less than a default message of the authentication type {each.value.name} has"
            raise InvalidParameter("max_message_length", problem)


def _difference(before: MobileConfig, after: MobileConfig) -> Mapping[str, Setting]:
    return {name: value for name, value in vars(after).items() if value != getattr(before, name)}
