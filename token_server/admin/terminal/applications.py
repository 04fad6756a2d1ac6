"""The desk for applications and their versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from token_server.admin.terminal.telling import SEEN_SOON, Teller, facts_of_revised
from token_server.domain.applications import Application, ApplicationVersion, Platform
from token_server.domain.operators import TERMINAL
from token_server.domain.revised import Revised
from token_server.flows.administration.applications import ManageApplications

COLUMNS = {
    "identifier": "IDENTIFIER",
    "name": "NAME",
    "versions": "VERSIONS",
    "deep_link": "DEEP LINK",
    "disabled": "DISABLED",
}


class ApplicationsDesk:
    """Creates, shows, changes, disables and enables applications, and their versions one by one."""

    def __init__(self, applications: ManageApplications, teller: Teller) -> None:
        """Ask `applications`, tell it by `teller`."""
        self._applications = applications
        self._teller = teller

    async def show_all(self) -> None:
        """Show every application."""
        rows = [facts_of_revised(each) for each in await self._applications.list_all()]
        if not self._teller.as_json:
            rows = [{**row, "versions": [_said(each) for each in row["versions"]] or "all"} for row in rows]
        empty = "There are no applications yet: token-server applications create --help"
        self._teller.table(rows, COLUMNS, empty=empty)

    async def create(self, application: Application) -> None:
        """Let a new application register.

        Errors: InvalidParameter, AlreadyExists.
        """
        await self._applications.create(TERMINAL, application)
        await self._tell(application.identifier, "may register")

    async def change(self, identifier: str, **stated: Any) -> None:
        """Change those fields of an application.

        Errors: InvalidParameter, NotFound, ChangedMeanwhile.
        """
        stands = await self._applications.get(identifier)
        await self._save(stands, replace(stands.value, **stated))

    async def set_version(self, identifier: str, version: ApplicationVersion) -> None:
        """Say what a version may do; from the first one on, only versions that are named may register.

        Errors: InvalidParameter, NotFound, ChangedMeanwhile.
        """
        stands = await self._applications.get(identifier)
        await self._save(stands, stands.value.with_version(version))

    async def remove_version(self, identifier: str, platform: Platform, version: str) -> None:
        """Forget a version; after the last one, every version may register.

        Errors: NotFound, ChangedMeanwhile.
        """
        stands = await self._applications.get(identifier)
        await self._save(stands, stands.value.without_version(platform, version))

    async def disable(self, identifier: str) -> None:
        """Let no more installations register.

        Errors: NotFound, ChangedMeanwhile.
        """
        stands = await self._applications.get(identifier)
        await self._applications.disable(TERMINAL, identifier, revision=stands.revision)
        await self._tell(identifier, "is disabled")

    async def enable(self, identifier: str) -> None:
        """Let installations register again.

        Errors: NotFound, ChangedMeanwhile.
        """
        stands = await self._applications.get(identifier)
        await self._applications.enable(TERMINAL, identifier, revision=stands.revision)
        await self._tell(identifier, "may register again")

    async def _save(self, stands: Revised[Application], application: Application) -> None:
        await self._applications.change(TERMINAL, application, revision=stands.revision)
        await self._tell(application.identifier, "is changed")

    async def _tell(self, identifier: str, became: str) -> None:
        self._teller.facts(
            facts_of_revised(await self._applications.get(identifier)), f"{identifier} {became}; {SEEN_SOON}"
        )


def _said(version: dict[str, str]) -> str:
    status = "" if version["status"] == "enabled" else f" ({version['status'].replace('_', ' ')})"
    return f"{version['platform']} {version['version']}{status}"
