"""An admin writes what users read about whoever asks: all languages together, with one revision."""

from __future__ import annotations

from collections.abc import Mapping

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.confirmation_texts import check_template
from token_server.domain.operators import Operator, Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.changes import Author, ConfigurationChanges, newest
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import confirmation_templates


class ManageConfirmationTemplates:
    """Changes the templates of confirmation texts."""

    def __init__(self, database: Database, clock: Clock, configuration: ReadConfiguration) -> None:
        """Change what `database` holds and `configuration` shows."""
        self._database = database
        self._changes = ConfigurationChanges(database, clock, configuration)

    async def get(self) -> Revised[Mapping[str, str]]:
        """Return the templates by language code."""
        return await confirmation_templates.load(self._database.read)

    async def change(self, operator: Operator, templates: Mapping[str, str], *, revision: int) -> int:
        """Have exactly these templates and return the new revision.

        Errors: NotAllowed, InvalidParameter, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_LANGUAGES)
        return await self._changes.make(
            operator, lambda unit, author: amend(unit, author, templates, revision=revision)
        )


async def amend(unit: UnitOfWork, author: Author, templates: Mapping[str, str], *, revision: int) -> int:
    """Replace templates of that revision and return the new one.

    Errors: InvalidParameter, ChangedMeanwhile.
    """
    for language_code, template in templates.items():
        check_template(language_code, template)
    before = await confirmation_templates.list_all(unit)
    changed = newest(
        await confirmation_templates.replace(unit, templates, revision=revision, now=author.now),
        "the confirmation templates",
    )
    author.note_change(unit, "confirmation_templates_changed", before, templates, revision=changed)
    return changed
