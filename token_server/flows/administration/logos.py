"""An admin gives a portal its logo, or takes it away."""

from __future__ import annotations

from dataclasses import replace

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.logos import Logo
from token_server.domain.operators import Operator, Permission
from token_server.flows.administration.api_clients import amend, get_client
from token_server.flows.administration.changes import Author, ConfigurationChanges, found
from token_server.flows.configuration import ReadConfiguration
from token_server.logos import make_logo
from token_server.stores import logos


class ManageLogos:
    """Sets and removes logos of API clients; each is drawn anew from what is handed in."""

    def __init__(self, database: Database, clock: Clock, configuration: ReadConfiguration) -> None:
        """Keep logos in `database`."""
        self._database = database
        self._changes = ConfigurationChanges(database, clock, configuration)

    async def show(self, client_id: str) -> Logo:
        """Return the logo that phones show of the client.

        Errors: NotFound.
        """
        logo_hash = (await get_client(self._database.read, client_id)).value.logo
        logo = None if logo_hash is None else await logos.find(self._database.read, logo_hash)
        return found(logo, f"logo of the API client {client_id}")

    async def set(self, operator: Operator, client_id: str, octets: bytes, *, revision: int) -> int:
        """Give the client the logo that this PNG shows, and return the new revision.

        Errors: NotAllowed, InvalidParameter, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_API_CLIENTS)
        return await self._change(operator, client_id, Logo(await make_logo(octets)), revision)

    async def remove(self, operator: Operator, client_id: str, *, revision: int) -> int:
        """Take the client's logo away and return the new revision.

        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_API_CLIENTS)
        return await self._change(operator, client_id, None, revision)

    async def _change(self, operator: Operator, client_id: str, logo: Logo | None, revision: int) -> int:
        async def story(unit: UnitOfWork, author: Author) -> int:
            client = (await get_client(unit, client_id)).value
            if logo is not None:
                await logos.keep(unit, logo, now=author.now)
            changed = replace(client, logo=None if logo is None else logo.logo_hash)
            return await amend(unit, author, changed, revision=revision)

        return await self._changes.make(operator, story)
