"""Confirm a payment with the phone: the same road, for somebody who is signed in already."""

from __future__ import annotations

from aiohttp import web

from examples.portal.pages import Pages
from examples.portal.sessions import Session, Sessions
from examples.portal.transactions import Transactions
from examples.portal.widget import Widget

PAYMENT = "Pay 25.00 euro to Example Shop?"  # what is confirmed comes from the portal's own books, not from the browser


class Payments:
    """A page with something to confirm."""

    def __init__(self, transactions: Transactions, sessions: Sessions, pages: Pages, widget: Widget) -> None:
        self._transactions = transactions
        self._sessions = sessions
        self._pages = pages
        self._widget = widget

    def routes(self) -> list[web.RouteDef]:
        """Return where the browser finds us."""
        return [web.get("/pay", self.show), web.post("/pay", self.start), web.get("/pay/finish", self.finish)]

    async def show(self, request: web.Request) -> web.Response:
        """Show the page with the widget."""
        self._signed_in(request)
        return self._pages.page("pay", head=await self._widget.tag(), headers=self._widget.headers)

    async def start(self, request: web.Request) -> web.Response:
        """Ask for this payment, in this session."""
        session = self._signed_in(request)
        session.payment = await self._transactions.start(request, "pay", PAYMENT)
        return web.json_response({"view_url": session.payment.view_url})

    async def finish(self, request: web.Request) -> web.Response:
        """Pay, if the user who is signed in here has said yes on her phone.

        Anybody with a linked phone can scan the code. Somebody's yes is not this user's.
        """
        session = self._signed_in(request)
        payment = session.payment
        if payment is None or not await self._transactions.has_ended(payment) or session.payment is not payment:
            raise web.HTTPSeeOther("/pay")  # nothing is asked, or not answered yet, or another tab was faster
        session.payment = None  # it is paid once
        return self._pages.page("paid" if payment.user == session.user else "unpaid")

    def _signed_in(self, request: web.Request) -> Session:
        session = self._sessions.of(request)
        if session.user is None:
            raise web.HTTPSeeOther("/")
        return session
