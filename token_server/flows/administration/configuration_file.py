"""The whole configuration as one file: written, compared, and applied, whole or not at all.

Who applies says which plan they saw. If the configuration is another by then, whoever changed it, nothing is applied.
"""

from __future__ import annotations

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.errors import AlreadyExists, ChangedMeanwhile
from token_server.domain.operators import Operator, Permission
from token_server.domain.plans import Plan
from token_server.domain.seeds import ClientSeed, EndpointSeed, Seeds
from token_server.flows.administration.changes import Author, ConfigurationChanges
from token_server.flows.administration.file_sections import FileSections
from token_server.flows.administration.mobile_config import require_room_for_messages
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import (
    api_clients,
    applications,
    authentication_types,
    callback_endpoints,
    confirmation_templates,
    revisions,
    settings,
)

NAME = "configuration_file"
SEES = (
    Permission.SEE_MOBILE_AUTHENTICATION,
    Permission.SEE_API_CLIENTS,
    Permission.SEE_APPLICATIONS,
    Permission.SEE_FEATURES,
    Permission.SEE_LANGUAGES,
)
CHANGES = (
    Permission.CHANGE_MOBILE_AUTHENTICATION,
    Permission.CHANGE_API_CLIENTS,
    Permission.CHANGE_APPLICATIONS,
    Permission.CHANGE_FEATURES,
    Permission.CHANGE_LANGUAGES,
)


class ConfigurationFile:
    """Exports, plans and applies configuration files; a file states everything, see `plans.py`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keyed_hash: KeyedHash,
        sealer: Sealer,
        configuration: ReadConfiguration,
    ) -> None:
        """Compare with what `database` holds; secrets are kept as hashes and sealed."""
        self._database = database
        self._sections = FileSections(keyed_hash, sealer)
        self._changes = ConfigurationChanges(database, clock, configuration)

    async def export(self, operator: Operator) -> Seeds:
        """Return everything that is configured, but for secrets; in an order that is the same on every database.

        Errors: NotAllowed.
        """
        _require(operator, SEES)
        read = self._database.read
        kinds = sorted(await authentication_types.list_all(read), key=lambda each: each.value.name)
        clients = sorted(await api_clients.list_configured(read), key=lambda each: each.value.client_id)
        apps = sorted(await applications.list_all(read), key=lambda each: each.value.identifier)
        endpoints = sorted(await callback_endpoints.list_all(read), key=lambda each: each.callback_uri)
        templates = await confirmation_templates.list_all(read)
        off = {("authentication_types", each.value.name): True for each in kinds if each.disabled_at is not None}
        off |= {("api_clients", each.value.client_id): True for each in clients if each.disabled_at is not None}
        off |= {("applications", each.value.identifier): True for each in apps if each.disabled_at is not None}
        return Seeds(
            vars(await settings.load(read)),
            [each.value for each in kinds],
            [ClientSeed(each.value) for each in clients],
            [each.value for each in apps],
            [EndpointSeed(each.callback_uri, each.username) for each in endpoints],
            dict(sorted(templates.items())),
            off,
        )

    async def plan(self, operator: Operator, seeds: Seeds) -> Plan:
        """Return what applying the file would change.

        Errors: NotAllowed; InvalidParameter for a user name whose password neither file nor database knows.
        """
        _require(operator, SEES)
        revision = await revisions.find(self._database.read, NAME)
        planned = await self._sections.plan(self._database.read, seeds, is_strict=True)
        return Plan([each.difference for each in planned], revision)

    async def apply(self, operator: Operator, seeds: Seeds, plan: Plan) -> None:
        """Carry out the plan that was shown, all of it or nothing.

        Errors: NotAllowed, InvalidParameter; ChangedMeanwhile when it is not the plan any more.
        """
        _require(operator, CHANGES)
        if not plan.differences:
            return

        async def story(unit: UnitOfWork, author: Author) -> None:
            if await revisions.bump(unit, NAME, plan.revision) is None:  # and whoever applies another file waits
                problem = "Another file was applied meanwhile: plan again"
                raise ChangedMeanwhile(problem)
            planned = await self._sections.plan(unit, seeds, is_strict=True)
            if [each.difference for each in planned] != list(plan.differences):
                problem = "The configuration was changed meanwhile: plan again"
                raise ChangedMeanwhile(problem)
            try:
                for each in planned:
                    await each.act(unit, author)
            except AlreadyExists as error:
                raise ChangedMeanwhile(str(error)) from error
            await require_room_for_messages(unit)
            author.note(unit, "configuration_file_applied", strict=True, differences=len(planned))

        await self._changes.make(operator, story)


def _require(operator: Operator, permissions: tuple[Permission, ...]) -> None:
    for each in permissions:
        operator.require(each)
