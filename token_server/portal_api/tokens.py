"""The token endpoint of portals that sign (RFC 6749 section 4.4, RFC 7523 section 2.2).

POST /oauth/api/v4/token
grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer
&client_assertion=eyJ…

{"access_token":"eyJ…","token_type":"Bearer","expires_in":300}
"""

from __future__ import annotations

from aiohttp import web

from token_server.domain.errors import InvalidParameter
from token_server.domain.start_requests import required
from token_server.flows.client_tokens import ClientTokens
from token_server.portal_api.doors import Recognition
from token_server.web.answers import answer_json
from token_server.web.bodies import read_form


class UnsupportedGrantType(InvalidParameter):
    """This token endpoint knows one grant type."""


class Tokens:
    """The portal's side of getting a token."""

    def __init__(self, recognition: Recognition, tokens: ClientTokens) -> None:
        """Issue `tokens` to portals that `recognition` knows by their signature."""
        self._recognition = recognition
        self._tokens = tokens

    async def issue(self, request: web.Request) -> web.Response:
        """Exchange a signed assertion for a token; whoever knows a secret needs none, and is refused."""
        form = await read_form(request)
        portal = await self._recognition.signed_in(request, form)
        if required("grant_type", form.get("grant_type")) != "client_credentials":
            raise UnsupportedGrantType("grant_type", "must be client_credentials")
        return answer_json(vars(await self._tokens.issue(portal)))
