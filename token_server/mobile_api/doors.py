"""Who may pass, and not too often: devices by their credentials, users by their access token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from aiohttp import web

from token_server.domain.callers import Caller, Device, OnlyRemembered
from token_server.domain.errors import Limited, TokenServerError, Unavailable
from token_server.flows.callers import RecogniseCallers
from token_server.web.addresses import CallerAddresses
from token_server.web.credentials import bearer_token, client_credentials

T = TypeVar("T")


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

    async def remembered_user(self, request: web.Request) -> Caller:
        """Return the user by the access token, perhaps as they stood when they were last here.

        Errors: those of `user`.
        """
        return await self._callers.remembered_user(bearer_token(request))

    async def let(self, caller: Caller, act: Callable[[Caller], Awaitable[T]]) -> T:
        """Let the caller act as they are remembered; if that comes to nothing, as they stand now.

        Errors: those of `act`; NotAuthenticated, DeviceDeregistered, UserDeregistered.
        """
        if not caller.is_remembered:
            return await act(caller)
        try:
            return await act(caller)
        except (Limited, Unavailable):
            raise  # whoever it is
        except (OnlyRemembered, TokenServerError):
            return await act(await self._callers.as_they_stand(caller))
