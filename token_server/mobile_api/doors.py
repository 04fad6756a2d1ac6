"""Who may pass: devices by their credentials, users by their access token."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from token_server.domain.callers import Caller, Device
from token_server.flows.callers import RecogniseCallers
from token_server.web.credentials import bearer_token, client_credentials


class Doors:
    """Tells who is at the phone's door."""

    def __init__(self, callers: RecogniseCallers) -> None:
        """Recognise `callers`."""
        self._callers = callers

    async def device(self, request: web.Request, form: Mapping[str, str] | None = None) -> Device:
        """Return the device by its Basic credentials, or by those in the form.

        Errors: NotAuthenticated, DeviceDeregistered.
        """
        credentials = client_credentials(request, form)
        return await self._callers.device(credentials.client_id, credentials.secret)

    async def user(self, request: web.Request) -> Caller:
        """Return the user by the access token.

        Errors: NotAuthenticated, DeviceDeregistered, UserDeregistered.
        """
        return await self._callers.user(bearer_token(request))
