"""Who may pass: the portal's credentials, not too often, and its right for the API it calls.

A portal comes with a secret (Basic, or in the form), with a signed assertion in the form, or with an access token that
it got for one. A query never carries credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.callers import SignedIn
from token_server.flows.callers import RecogniseCallers
from token_server.flows.client_assertions import CheckAssertions
from token_server.flows.client_tokens import ClientTokens
from token_server.web.addresses import CallerAddresses
from token_server.web.credentials import bearer_token, client_assertion, client_credentials, says_bearer


@dataclass(frozen=True)
class Recognition:
    """The ways in which a portal shows who it is, and from where."""

    callers: RecogniseCallers
    assertions: CheckAssertions
    tokens: ClientTokens
    addresses: CallerAddresses

    async def portal(self, request: web.Request, form: Mapping[str, str] | None) -> ApiClient:
        """Return the portal.

        Errors: NotAuthenticated, Limited.
        """
        if form is not None and "client_assertion" in form:
            return (await self.signed_in(request, form)).client
        address = self.addresses.of(request)
        if says_bearer(request):
            return await self.tokens.portal(bearer_token(request), address=address)
        credentials = client_credentials(request, form)
        return await self.callers.api_client(credentials.client_id, credentials.secret, address=address)

    async def signed_in(self, request: web.Request, form: Mapping[str, str]) -> SignedIn:
        """Return the portal that signed the assertion in the form.

        Errors: NotAuthenticated, Limited.
        """
        shown = client_assertion(request, form)
        address = self.addresses.of(request)
        return await self.assertions.portal(shown.text, client_id=shown.client_id, address=address)


class Door:
    """Lets portals in that are valid for one API."""

    def __init__(self, recognition: Recognition, right: Right) -> None:
        """Ask `recognition` who it is, and then for that right."""
        self._recognition = recognition
        self._right = right

    async def pass_through(self, request: web.Request, form: Mapping[str, str] | None = None) -> ApiClient:
        """Return the portal, by what the request's head says or by what stands in the form.

        Errors: NotAuthenticated, NotAllowed, Limited.
        """
        client = await self._recognition.portal(request, form)
        client.require(self._right)
        return client
