"""The token endpoint: refresh (RFC 6749 section 6), revoke (RFC 7009), and the keys that sign (RFC 7517).

POST /oauth/token      Authorization: Basic <device>
grant_type=refresh_token&refresh_token=tsr_…
"""

from __future__ import annotations

from aiohttp import web

from token_server.domain.errors import InvalidParameter
from token_server.domain.start_requests import required
from token_server.flows.access_tokens import AccessTokens
from token_server.flows.grants import RefreshTokens
from token_server.mobile_api.doors import Doors
from token_server.mobile_api.profiles import describe_tokens
from token_server.web.answers import answer_json
from token_server.web.bodies import read_form


class UnsupportedGrantType(InvalidParameter):
    """The token endpoint refreshes, and does nothing else."""


class Grants:
    """The phone's side of keeping a log-in alive."""

    def __init__(self, doors: Doors, refresh_tokens: RefreshTokens, access_tokens: AccessTokens) -> None:
        """Hand requests that pass the `doors` to the flows."""
        self._doors = doors
        self._refresh_tokens = refresh_tokens
        self._access_tokens = access_tokens

    async def token(self, request: web.Request) -> web.Response:
        """Exchange a refresh token for new tokens."""
        form = await read_form(request)
        device = await self._doors.device(request, form)
        if required("grant_type", form.get("grant_type")) != "refresh_token":
            raise UnsupportedGrantType("grant_type", "must be refresh_token")
        tokens = await self._refresh_tokens.refresh(device, required("refresh_token", form.get("refresh_token")))
        return answer_json(describe_tokens(tokens))

    async def revoke(self, request: web.Request) -> web.Response:
        """Give a token back; 200 whatever it was (RFC 7009 section 2.2)."""
        form = await read_form(request)
        device = await self._doors.device(request, form)
        await self._refresh_tokens.revoke(device, required("token", form.get("token")))
        return answer_json({})

    async def jwks(self, _: web.Request) -> web.Response:
        """Publish the keys under which access tokens can be checked."""
        return answer_json(await self._access_tokens.jwks())
