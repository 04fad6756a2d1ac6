"""The desk for portals' credentials."""

from __future__ import annotations

from collections.abc import Callable

from token_server.domain.api_clients import ApiClient
from token_server.flows.api_clients import ManageApiClients


class ApiClientsDesk:
    """Creates, shows and disables API clients; tells it line by line."""

    def __init__(self, clients: ManageApiClients, say: Callable[[str], None]) -> None:
        """Ask `clients`, tell it to `say`."""
        self._clients = clients
        self._say = say

    async def create(self, client: ApiClient) -> None:
        """Make a client and show its secret.

        Errors: AlreadyExists.
        """
        self._show_secret(client.client_id, await self._clients.create(client))
        self._say(f"Callbacks are signed; what checks them: token-server clients callback-secret {client.client_id}")

    async def rotate_secret(self, client_id: str) -> None:
        """Make a new secret and show it.

        Errors: NotFound.
        """
        self._show_secret(client_id, await self._clients.rotate_secret(client_id))

    async def disable(self, client_id: str) -> None:
        """Let a client in no more.

        Errors: NotFound.
        """
        await self._clients.disable(client_id)
        self._say(f"{client_id} is disabled; running servers know within a second.")

    async def show_all(self) -> None:
        """Show every client."""
        found = await self._clients.list_all()
        for stored in found:
            client = stored.client
            state = "disabled" if stored.is_disabled else ", ".join(sorted(client.valid_for))
            self._say(f"{client.client_id:<24} {client.display_name:<28} {client.origin:<36} {state}")
        if not found:
            self._say("There are no API clients yet: token-server clients create --help")

    def _show_secret(self, client_id: str, secret: str) -> None:
        self._say(f"client_id      {client_id}")
        self._say(f"client_secret  {secret}")
        self._say("Keep the secret now: it is shown this once. Running servers know it within a second.")
