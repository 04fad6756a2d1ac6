"""Logos of API clients over the API: a PNG in, and the one that was drawn of it out.

GET    /api/v1/api-clients/{client_id}/logo
PUT    /api/v1/api-clients/{client_id}/logo     Content-Type: image/png
DELETE /api/v1/api-clients/{client_id}/logo
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.api.api_clients import ONE, describe
from token_server.admin.api.doors import Call, Operation
from token_server.admin.api.revisions import etag, required_revision
from token_server.domain.operators import Permission
from token_server.flows.administration.api_clients import ManageApiClients
from token_server.flows.administration.logos import ManageLogos
from token_server.web.answers import answer_bytes, answer_json
from token_server.web.bodies import read_bytes
from token_server.web.pictures import PNG

LOGO = f"{ONE}/logo"


class ClientLogos:
    """Shows, sets and removes logos."""

    def __init__(self, clients: ManageApiClients, logos: ManageLogos) -> None:
        """Ask the flows."""
        self._clients = clients
        self._logos = logos

    def operations(self) -> list[Operation]:
        """Return the operations."""
        see, change = Permission.SEE_API_CLIENTS, Permission.CHANGE_API_CLIENTS
        return [
            Operation("GET", LOGO, self.show, see),
            Operation("PUT", LOGO, self.set, change),
            Operation("DELETE", LOGO, self.remove, change),
        ]

    async def show(self, call: Call) -> web.Response:
        """Return the picture.

        Errors: NotFound.
        """
        return answer_bytes((await self._logos.show(call.named("client_id"))).picture, PNG)

    async def set(self, call: Call) -> web.Response:
        """Draw the logo anew and return the client.

        Errors: NotFound, InvalidParameter, ChangedMeanwhile.
        """
        revision, octets = required_revision(call.request), await read_bytes(call.request, PNG)
        await self._logos.set(call.operator, call.named("client_id"), octets, revision=revision)
        return await self._answer(call)

    async def remove(self, call: Call) -> web.Response:
        """Take the logo away and return the client.

        Errors: NotFound, ChangedMeanwhile.
        """
        await self._logos.remove(call.operator, call.named("client_id"), revision=required_revision(call.request))
        return await self._answer(call)

    async def _answer(self, call: Call) -> web.Response:
        found = await self._clients.get(call.named("client_id"))
        return answer_json(describe(found), 200, etag(found.revision))
