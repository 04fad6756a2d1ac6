"""A browser that cannot hold a stream asks now and then.

GET /view/tsv_…
{"state":"waiting","expires_in_ms":59211,"time_to_live_ms":60000,"apps":[],
 "frame":{"text":"eyJ0cmFuc2FjdGlvbl9pZCI6…","shown_for_ms":1000}}
"""

from __future__ import annotations

from aiohttp import web

from token_server.browser_view import cross_origin
from token_server.browser_view.doors import Door
from token_server.browser_view.shapes import describe, describe_code
from token_server.domain.views import ShownCode, Sight
from token_server.flows.mobile_authentication.look import LookAtTransaction
from token_server.web.answers import NEVER_STORE, answer_json

LONGEST_PAUSE_S = 2  # a person who has just tapped "yes" waits for the page


class Polls:
    """Answers for browsers without streams, and for those who ask whether they may ask."""

    def __init__(self, door: Door, looking: LookAtTransaction) -> None:
        """Tell those who pass the `door` what `looking` shows."""
        self._door = door
        self._looking = looking

    async def current(self, request: web.Request) -> web.Response:
        """Tell how things stand, and when to ask again."""
        view = await self._door.pass_through(request)
        sight, code = await self._looking.look(view)
        frame = {} if code is None else {"frame": describe_code(code)}
        again = {} if sight.is_final else {"Retry-After": str(_pause_s(sight, code))}
        return answer_json({**describe(sight), **frame}, headers={**cross_origin.headers(request), **again})

    async def preflight(self, request: web.Request) -> web.Response:
        """Tell a browser whether a page may ask."""
        await self._door.pass_through(request)
        headers = {**NEVER_STORE, "Allow": "GET, OPTIONS", **cross_origin.preflight_headers(request)}
        return web.Response(status=204, headers=headers)


def _pause_s(sight: Sight, code: ShownCode | None) -> int:
    """Return whole seconds until there may be something new: the next code, or the user's next step."""
    next_ms = (sight.expires_in_ms or 0) if code is None else code.shown_for_ms
    return max(1, min(LONGEST_PAUSE_S, next_ms // 1000))
