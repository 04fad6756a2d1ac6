"""A portal lets the browser in front of its visitor watch a login, without the portal in between.

POST /oauth/api/v4/authenticate/transaction/5927555c-…/view

{"view_token":"tsv_…","view_url":"https://login.example/view/tsv_…","expires_at":1795431051564}
"""

from __future__ import annotations

from aiohttp import web

from token_server.flows.mobile_authentication.view import OpenView
from token_server.portal_api.doors import Door
from token_server.web.answers import answer_json
from token_server.web.bodies import read_form


class Views:
    """The portal's side of watching."""

    def __init__(self, door: Door, view: OpenView) -> None:
        """Hand requests that pass the `door` to the flow."""
        self._door = door
        self._view = view

    async def open(self, request: web.Request) -> web.Response:
        """Issue a view token."""
        client = await self._door.pass_through(request, await read_form(request))
        opened = await self._view.open(client, request.match_info["transaction_id"])
        return answer_json(vars(opened), status=201)
