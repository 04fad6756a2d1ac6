"""Who may pass: the portal's credentials, not too often, and its right for the API it calls."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from token_server.domain.api_clients import ApiClient, Right
from token_server.flows.callers import RecogniseCallers
from token_server.web.addresses import CallerAddresses
from token_server.web.credentials import client_credentials


class Door:
    """Lets portals in that are valid for one API."""

    def __init__(self, callers: RecogniseCallers, addresses: CallerAddresses, right: Right) -> None:
        """Recognise `callers`, who come from `addresses`, and ask for that right."""
        self._callers = callers
        self._addresses = addresses
        self._right = right

    async def pass_through(self, request: web.Request, form: Mapping[str, str] | None = None) -> ApiClient:
        """Return the portal, by its Basic credentials or by those in the form.

        Errors: NotAuthenticated, NotAllowed, Limited.
        """
        credentials = client_credentials(request, form)
        address = self._addresses.of(request)
        client = await self._callers.api_client(credentials.client_id, credentials.secret, address=address)
        client.require(self._right)
        return client
