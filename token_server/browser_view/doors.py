"""Who may look: whoever holds a view token, in moderation, and not whoever tries many."""

from __future__ import annotations

from aiohttp import web

from token_server.browser_view import cross_origin
from token_server.domain.errors import ViewNotFound
from token_server.domain.limits import Rule
from token_server.flows.mobile_authentication.look import LookAtTransaction, View
from token_server.flows.rate_limits import RateLimits
from token_server.web.addresses import CallerAddresses


class Door:
    """Lets browsers in by the token in the address they ask for."""

    def __init__(self, looking: LookAtTransaction, rate_limits: RateLimits, addresses: CallerAddresses) -> None:
        """Let in whom `looking` recognises; count their requests, and by `addresses` tokens that nobody knows."""
        self._looking = looking
        self._rate_limits = rate_limits
        self._addresses = addresses

    async def pass_through(self, request: web.Request) -> View:
        """Return what the token opens, and let the portal's own pages read the answer.

        Errors: FeatureDisabled, ViewNotFound, Limited.
        """
        token = request.match_info["view_token"]
        self._rate_limits.refuse_if_spent(Rule.VIEW_REQUESTS, token)  # before anything is looked up for it
        try:
            view = await self._looking.recognise(token)
        except ViewNotFound:
            await self._rate_limits.spend(Rule.UNKNOWN_VIEWS, self._addresses.of(request))
            raise
        cross_origin.admit(request, view.portal)
        await self._rate_limits.spend(Rule.VIEW_REQUESTS, token)
        return view
