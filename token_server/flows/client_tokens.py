"""Short-lived access tokens for portals that sign: for the requests that have no form to put an assertion in.

A token is good while the client is enabled and the key is configured that the portal signed with to get it.
Source: RFC 6749 section 4.4 (client credentials), RFC 7523 section 2.2, RFC 9068.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from token_server.clock import Clock
from token_server.crypto.client_assertions import public_keys
from token_server.domain.api_clients import ApiClient
from token_server.domain.callers import SignedIn, unknown_client
from token_server.domain.errors import NotAuthenticated
from token_server.domain.limits import Rule
from token_server.flows.access_tokens import AccessTokens
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.rate_limits import RateLimits

LONGEST_LIFE_S = 300


@dataclass(frozen=True)
class ClientToken:
    """An access token and how long it is good. Units: `expires_in` in seconds."""

    access_token: str
    expires_in: int
    token_type: str = "Bearer"


class ClientTokens:
    """Issues and reads the access tokens of portals; phones' tokens are for another audience."""

    def __init__(
        self,
        clock: Clock,
        configuration: ReadConfiguration,
        access_tokens: AccessTokens,
        rate_limits: RateLimits,
        *,
        audience: str,
    ) -> None:
        """Have `access_tokens` sign for that `audience`, the portal API."""
        self._clock = clock
        self._configuration = configuration
        self._access_tokens = access_tokens
        self._rate_limits = rate_limits
        self._audience = audience
        # A retired key checks signatures for as long as phones' tokens live, and no longer.
        self._lifetime_s = min(LONGEST_LIFE_S, access_tokens.lifetime_s)

    async def issue(self, portal: SignedIn) -> ClientToken:
        """Return a fresh token for a portal that has just signed."""
        now_s, client_id = self._clock.now_ms() // 1000, portal.client.client_id
        token = await self._access_tokens.sign(
            {
                "aud": self._audience,
                "sub": client_id,
                "client_id": client_id,
                "client_key": portal.key_id,
                "iat": now_s,
                "exp": now_s + self._lifetime_s,
                "jti": uuid.uuid4().hex,
            }
        )
        return ClientToken(token, self._lifetime_s)

    async def portal(self, token: str, *, address: str) -> ApiClient:
        """Return the portal that the token was issued to, which came from that address.

        Errors: NotAuthenticated, the same whatever is wrong; Limited.
        """
        client = await self._recognise(token)
        if client is None:
            await self._rate_limits.spend(Rule.FAILED_CREDENTIALS, address)
            raise unknown_client()
        await self._rate_limits.spend(Rule.CLIENT_REQUESTS, client.client_id)
        return client

    async def _recognise(self, token: str) -> ApiClient | None:
        try:
            claims = await self._access_tokens.claims_of(token, audience=self._audience)
        except NotAuthenticated:
            return None
        stored = (await self._configuration.snapshot()).api_clients.get(claims["client_id"])
        if stored is None or stored.is_disabled or not stored.client.signs:
            return None
        return stored.client if claims["client_key"] in public_keys(stored.client.jwks) else None
