"""A browser is told what changes, as server-sent events, until the transaction has ended.

GET /view/tsv_…/events

retry: 1000

event: state
id: waiting
data: {"state":"waiting","expires_in_ms":59211,"time_to_live_ms":60000,"apps":[]}

event: frame
data: {"text":"eyJ0cmFuc2FjdGlvbl9pZCI6…","shown_for_ms":1000}

: heartbeat

The id of a state is the state. A browser that comes back with `Last-Event-ID` is told the state only if it is another
one by now; 204 after the last one makes an EventSource stop.
"""

from __future__ import annotations

import random

from aiohttp import web

from token_server.browser_view import cross_origin
from token_server.browser_view.doors import Door
from token_server.browser_view.shapes import describe, describe_code
from token_server.domain.views import ShownCode, Sight
from token_server.flows.mobile_authentication.watch import Watch, WatchTransaction
from token_server.web.answers import NEVER_STORE
from token_server.web.event_streams import begin_stream, comment, event, retry, send

HEARTBEAT_S = 15.0
HEARTBEAT = comment("heartbeat")
COMES_BACK_AFTER_MS = 1_000
# After a stop everybody has to come back, to one node less: not all in the same second.
SENT_AWAY_FOR_MS = (1_000, 5_000)


class Events:
    """Streams of events."""

    def __init__(self, door: Door, watching: WatchTransaction, *, heartbeat_s: float = HEARTBEAT_S) -> None:
        """Tell who passes the `door` what `watching` shows; in silence, a sign of life every `heartbeat_s` seconds."""
        self._door = door
        self._watching = watching
        self._heartbeat_s = heartbeat_s

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Tell how things stand, and then what changes; nothing to somebody who knows the end."""
        view = await self._door.pass_through(request)
        with self._watching.watch(view, request.headers.get("Last-Event-ID")) as watch:
            del view  # the portal as it was configured in this second is not kept for as long as the stream
            first = await watch.next(0)
            if first is None and watch.is_finished:
                return web.Response(status=204, headers={**NEVER_STORE, **cross_origin.headers(request)})
            stream = await begin_stream(request, cross_origin.headers(request))
            await send(request, stream, retry(COMES_BACK_AFTER_MS) + _text(first))
            await self._go_on(request, stream, watch)
        return stream

    async def _go_on(self, request: web.Request, stream: web.StreamResponse, watch: Watch) -> None:
        while not (watch.is_finished or watch.is_over):
            new = await watch.next(self._heartbeat_s)
            await send(request, stream, _text(new) or HEARTBEAT)
        if not watch.is_finished:
            await send(request, stream, retry(random.randint(*SENT_AWAY_FOR_MS)))  # noqa: S311 - spreads load


def _text(new: Sight | ShownCode | None) -> bytes:
    if isinstance(new, Sight):
        return event("state", describe(new), new.state.value)
    return b"" if new is None else event("frame", describe_code(new))
