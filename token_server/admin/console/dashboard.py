"""The first page: how it goes.

GET /?range=1h|24h|7d     renewed by itself
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.console.charts import moment, share, stacked
from token_server.admin.console.doors import Page
from token_server.admin.console.pages import Pages
from token_server.admin.console.story_words import duration
from token_server.admin.console.visits import Visit
from token_server.domain.operators import Permission
from token_server.domain.statistics import Range
from token_server.flows.administration.dashboard import SeeDashboard
from token_server.web.queries import asked_word

WIDE, NARROW = 760, 330
RANGES = [(Range.HOUR, "1 hour"), (Range.DAY, "24 hours"), (Range.WEEK, "7 days")]
FUNNEL = [
    ("started", "Started"),
    ("scanned", "Scanned"),
    ("accepted", "Accepted"),
    ("denied", "Denied"),
    ("expired", "Expired or invalid"),
]


class DashboardPages:
    """Where everybody begins."""

    def __init__(self, pages: Pages, dashboard: SeeDashboard) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._dashboard = dashboard

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [Page("GET", "/", self.see, Permission.SEE_DASHBOARD)]

    async def see(self, visit: Visit) -> web.Response:
        """Show how it goes.

        Errors: InvalidParameter.
        """
        span = asked_word(visit.request, "range", Range, Range.HOUR)
        figures = await self._dashboard.show(visit.operator, span)
        total = figures.total
        return self._pages.show(
            visit,
            "dashboard.html",
            figures=figures,
            total=total,
            funnel=[
                (kind, label, getattr(total, kind), share(getattr(total, kind), total.started))
                for kind, label in FUNNEL
            ],
            charts=[
                (name, stacked(figures.buckets, span, width=width))
                for name, width in (("wide", WIDE), ("narrow", NARROW))
            ],
            ranges=RANGES,
            moment=moment,
            duration=duration,
        )
