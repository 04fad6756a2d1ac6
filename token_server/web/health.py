"""What operators and their machines ask: is it alive, is it ready, how is it doing.

GET /livez      200 while the process runs
GET /readyz     200 while it can do its work; 503 when the database does not answer, and while it is stopping
GET /metrics    Prometheus text
"""

from __future__ import annotations

from aiohttp import web

from token_server.domain.errors import TokenServerError
from token_server.flows.health import CheckHealth
from token_server.telemetry import CONTENT_TYPE, Telemetry
from token_server.web.answers import NEVER_STORE, answer_json


class Health:
    """The operators' door."""

    def __init__(self, check: CheckHealth, telemetry: Telemetry) -> None:
        """Ask `check` whether the server can work; publish `telemetry`."""
        self._check = check
        self._telemetry = telemetry
        self.is_stopping = False

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/livez", self.live),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.metrics),
        ]

    async def live(self, _: web.Request) -> web.Response:
        """Say that the process runs."""
        return answer_json({"status": "alive"})

    async def ready(self, _: web.Request) -> web.Response:
        """Say whether the server can do its work."""
        if self.is_stopping:
            return answer_json({"status": "stopping"}, status=503)
        try:
            await self._check.check()
        except (TokenServerError, OSError):
            return answer_json({"status": "the database does not answer"}, status=503)
        return answer_json({"status": "ready"})

    async def metrics(self, _: web.Request) -> web.Response:
        """Publish the metrics."""
        return web.Response(body=self._telemetry.exposition(), headers={**NEVER_STORE, "Content-Type": CONTENT_TYPE})
