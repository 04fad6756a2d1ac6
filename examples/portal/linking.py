"""Link a phone to a user: the portal, which knows its signed-in user, gets a registration code and shows it.

In a real portal both pages are behind its own login and the user id is the signed-in user's, never one typed in:
whoever scans a code can sign in as that user from then on.
"""

from __future__ import annotations

from aiohttp import web

from examples.portal.client import TokenServer
from examples.portal.pages import Pages, draw


class Linking:
    """The "link your phone" pages."""

    def __init__(self, server: TokenServer, pages: Pages) -> None:
        self._server = server
        self._pages = pages

    def routes(self) -> list[web.RouteDef]:
        """Return where the browser finds us."""
        return [web.get("/link", self.ask), web.post("/link", self.show)]

    async def ask(self, _: web.Request) -> web.Response:
        """Ask for a user name, in place of the portal's own login."""
        return self._pages.page("link")

    async def show(self, request: web.Request) -> web.Response:
        """Show a new code, as a QR code and as text."""
        user = str((await request.post()).get("user", "")).strip()
        if not user:
            raise web.HTTPSeeOther("/link")
        issued = await self._server.registration_code(user)
        code, minutes = issued["registration_code"], issued["time_to_live"] // 60_000
        return self._pages.page("linked", user=user, code=code, minutes=minutes, qr=draw(code))
