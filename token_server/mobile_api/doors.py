"""Who may pass, and not too often: devices by their credentials, users by their access token."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from token_server.domain.callers import Caller, Device
from token_server.flows.callers import RecogniseCallers
from token_server.web.addresses import CallerAddresses
from token_server.web.credentials import bearer_token, client_credentials


class Doors:
    """Tells who is at the phone's door."""

    def __init__(self, callers: RecogniseCallers, addresses: CallerAddresses) -> None:
        """Recognise `callers`, who come from `addresses`."""
        self._callers = callers
        self._addresses = addresses

    async def device(self, request: web.Request, form: Mapping[str, str] | None = None) -> Device:
        """Return the device by its Basic credentials, or by those in the form.

        Errors: NotAuthenticated, DeviceDeregistered, Limited.
        """
        credentials = client_credentials(request, form)
        address = self._addresses.of(request)
        return await self._callers.device(credentials.client_id, credentials.secret, address=address)

    async def user(self, request: web.Request) -> Caller:
        """Return the user by the access token.

        Errors: NotAuthenticated, DeviceDeregistered, UserDeregistered, Limited.
        """
        return await self._callers.user(bearer_token(request))
