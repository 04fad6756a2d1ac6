"""Portals that sign instead of knowing a secret: how they are recognised, and the tokens they get."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.app.foundation import Foundation
from token_server.flows.access_tokens import AccessTokens
from token_server.flows.client_assertions import CheckAssertions
from token_server.flows.client_tokens import ClientTokens
from token_server.flows.rate_limits import RateLimits

PORTAL_API = "/oauth/api/v4"  # below the issuer: whom portals' access tokens are for


@dataclass(frozen=True)
class SigningPortals:
    """The flows."""

    assertions: CheckAssertions
    tokens: ClientTokens


def build_signing_portals(
    base: Foundation, issuer: str, access_tokens: AccessTokens, rate_limits: RateLimits
) -> SigningPortals:
    """Return the flows on that foundation; assertions are made out to `issuer`."""
    return SigningPortals(
        CheckAssertions(base.database, base.clock, base.configuration, base.keyed_hash, rate_limits, issuer=issuer),
        ClientTokens(base.clock, base.configuration, access_tokens, rate_limits, audience=f"{issuer}{PORTAL_API}"),
    )
