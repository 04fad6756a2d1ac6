"""Sign in with a phone: from the widget on the login page to a signed-in session. transactions.py has the picture."""

from __future__ import annotations

import logging

from aiohttp import web

from examples.portal.pages import Pages
from examples.portal.sessions import Session, Sessions
from examples.portal.settings import Settings
from examples.portal.transactions import Transaction, Transactions
from examples.portal.widget import Widget

ENDINGS = {"not_accepted": "denied", "not_me": "not_me", "expired": "expired"}

log = logging.getLogger("portal")


class SignIn:
    """The way from "Sign in with your phone" to a signed-in session."""

    def __init__(
        self, settings: Settings, transactions: Transactions, sessions: Sessions, pages: Pages, widget: Widget
    ) -> None:
        self._bank = settings.bank
        self._transactions = transactions
        self._sessions = sessions
        self._pages = pages
        self._widget = widget

    def routes(self) -> list[web.RouteDef]:
        """Return where the browser finds us."""
        return [
            web.get("/login", self.show),
            web.post("/login", self.start),
            web.get("/login/finish", self.finish),
            web.post("/login/plain", self.start_plain),
            web.get("/login/plain", self.show_plain),
        ]

    async def show(self, _: web.Request) -> web.Response:
        """Show the page with the widget, which asks `start` for a login."""
        return self._pages.page("login", head=await self._widget.tag(), headers=self._widget.headers)

    async def start(self, request: web.Request) -> web.Response:
        """Start a login for this browser, and tell the widget where to watch it."""
        login = await self._begin(request)
        response = web.json_response({"view_url": login.view_url})
        self._sessions.begin(request, response, Session(login=login))
        return response

    async def finish(self, request: web.Request) -> web.Response:
        """Sign in the user whom the result names.

        That the widget came here proves nothing. Which transaction it is comes from this browser's session, never from
        a parameter. Otherwise whoever learns a transaction id could collect somebody else's login in his own browser,
        and an attacker could send his victim a link that signs her in to *his* account, to see what she enters there
        (login CSRF).
        """
        session, login = self._sessions.of(request), self._login(request)
        if not await self._transactions.has_ended(login):
            raise web.HTTPSeeOther("/login")
        if session.login is not login:  # another tab of this browser was faster
            raise web.HTTPSeeOther("/")
        session.login = None  # a result signs in once
        if login.user is None:
            return self._pages.page(ENDINGS.get(login.reason, "failed"))
        log.info("signed in: %s", login.user)
        response = web.HTTPSeeOther("/account")
        self._sessions.begin(request, response, Session(user=login.user))
        raise response

    async def start_plain(self, request: web.Request) -> web.Response:
        """Start a login for a browser without scripts."""
        response = web.HTTPSeeOther("/login/plain")
        self._sessions.begin(request, response, Session(login=await self._begin(request)))
        raise response

    async def show_plain(self, request: web.Request) -> web.Response:
        """Show the server's picture of the code on a page that loads itself again, for the picture may change."""
        login = self._login(request)
        if await self._transactions.has_ended(login):
            raise web.HTTPSeeOther("/login/finish")
        return self._pages.page("plain", head="plain_head", headers=self._widget.headers, view_url=login.view_url)

    async def _begin(self, request: web.Request) -> Transaction:
        return await self._transactions.start(request, "login", f"Sign in to {self._bank}?")

    def _login(self, request: web.Request) -> Transaction:
        login = self._sessions.of(request).login
        if login is None:
            raise web.HTTPSeeOther("/")
        return login
