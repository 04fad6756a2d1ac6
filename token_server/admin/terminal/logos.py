"""The desk for portals' logos."""

from __future__ import annotations

from token_server.admin.terminal.telling import SEEN_SOON, Teller
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.api_clients import ManageApiClients
from token_server.flows.administration.logos import ManageLogos


class LogosDesk:
    """Sets and removes logos of API clients."""

    def __init__(self, clients: ManageApiClients, logos: ManageLogos, teller: Teller) -> None:
        """Ask the flows, tell it by `teller`."""
        self._clients = clients
        self._logos = logos
        self._teller = teller

    async def set(self, client_id: str, octets: bytes) -> None:
        """Give the client a logo.

        Errors: InvalidParameter, NotFound, ChangedMeanwhile.
        """
        stands = await self._clients.get(client_id)
        await self._logos.set(TERMINAL, client_id, octets, revision=stands.revision)
        await self._tell(client_id, f"{client_id} has a logo; {SEEN_SOON}")

    async def remove(self, client_id: str) -> None:
        """Take the client's logo away.

        Errors: NotFound, ChangedMeanwhile.
        """
        stands = await self._clients.get(client_id)
        await self._logos.remove(TERMINAL, client_id, revision=stands.revision)
        await self._tell(client_id, f"{client_id} has no logo; {SEEN_SOON}")

    async def _tell(self, client_id: str, sentence: str) -> None:
        stands = await self._clients.get(client_id)
        self._teller.facts({"client_id": client_id, "logo": stands.value.logo, "revision": stands.revision}, sentence)
