"""The first page.

GET /
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.console.doors import Page
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit
from token_server.domain.operators import Permission


class DashboardPages:
    """Where everybody begins."""

    def __init__(self, pages: Pages) -> None:
        """Show `pages`."""
        self._pages = pages

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [Page("GET", "/", self.see, Permission.SEE_DASHBOARD)]

    async def see(self, visit: Visit) -> web.Response:
        """Show where one can go."""
        return self._pages.show(visit, "dashboard.html")
