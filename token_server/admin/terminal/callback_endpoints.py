"""The desk for callback endpoints."""

from __future__ import annotations

from token_server.admin.terminal.telling import SEEN_SOON, Teller, facts_of_revised
from token_server.domain.callback_endpoints import CallbackEndpoint
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.callback_endpoints import ManageCallbackEndpoints

COLUMNS = {"callback_uri": "ADDRESS", "username": "USER NAME"}


class CallbackEndpointsDesk:
    """Adds, shows, changes and removes callback endpoints."""

    def __init__(self, endpoints: ManageCallbackEndpoints, teller: Teller) -> None:
        """Ask `endpoints`, tell it by `teller`."""
        self._endpoints = endpoints
        self._teller = teller

    async def show_all(self) -> None:
        """Show every endpoint."""
        rows = [facts_of_revised(each, switchable=False) for each in await self._endpoints.list_all()]
        empty = "There are no callback endpoints yet: token-server callback-endpoints create --help"
        self._teller.table(rows, COLUMNS, empty=empty)

    async def create(self, endpoint: CallbackEndpoint, password: str | None) -> None:
        """Put a new address on the list.

        Errors: InvalidParameter, AlreadyExists.
        """
        await self._endpoints.create(TERMINAL, endpoint, password=password)
        await self._tell(endpoint.callback_uri, "is on the list")

    async def change(self, endpoint: CallbackEndpoint, password: str | None) -> None:
        """Change the credentials of an address.

        Errors: InvalidParameter, NotFound, ChangedMeanwhile.
        """
        stands = await self._endpoints.get(endpoint.callback_uri)
        await self._endpoints.change(TERMINAL, endpoint, revision=stands.revision, password=password)
        await self._tell(endpoint.callback_uri, "is changed")

    async def remove(self, callback_uri: str) -> None:
        """Take an address off the list.

        Errors: NotFound, ChangedMeanwhile.
        """
        stands = await self._endpoints.get(callback_uri)
        await self._endpoints.remove(TERMINAL, callback_uri, revision=stands.revision)
        self._teller.facts({"callback_uri": callback_uri, "removed": True}, f"{callback_uri} is removed; {SEEN_SOON}")

    async def _tell(self, callback_uri: str, became: str) -> None:
        facts = facts_of_revised(await self._endpoints.get(callback_uri), switchable=False)
        self._teller.facts(facts, f"{callback_uri} {became}; {SEEN_SOON}")
