"""The portal as a whole: its front door, its protected page, and what is the same for every request."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiohttp import ClientError, web
from aiohttp.typedefs import Handler

from examples.portal.callbacks import Callbacks
from examples.portal.client import TokenServer, TokenServerRefused
from examples.portal.linking import Linking
from examples.portal.pages import HEADERS, HERE, NOTHING, Markup, Pages
from examples.portal.payments import Payments
from examples.portal.sessions import Sessions
from examples.portal.settings import Settings
from examples.portal.sign_in import SignIn
from examples.portal.transactions import Transactions
from examples.portal.widget import Widget

LONGEST_BODY = 16_384
OURS = {"same-origin", "none"}

log = logging.getLogger("portal")


class Portal:
    """What is not about phones."""

    def __init__(self, sessions: Sessions, pages: Pages) -> None:
        self._sessions = sessions
        self._pages = pages

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return where the browser finds us."""
        return [
            web.get("/", self.home),
            web.get("/account", self.account),
            web.post("/logout", self.logout),
            web.static("/static", HERE / "static"),
        ]

    async def home(self, request: web.Request) -> web.Response:
        """The front door."""
        if self._sessions.of(request).user is not None:
            raise web.HTTPSeeOther("/account")
        return self._pages.page("home")

    async def account(self, request: web.Request) -> web.Response:
        """A page for signed-in users only."""
        user = self._sessions.of(request).user
        if user is None:
            raise web.HTTPSeeOther("/")
        return self._pages.page("account", user=user)

    async def logout(self, request: web.Request) -> web.Response:
        """Sign out."""
        response = web.HTTPSeeOther("/")
        self._sessions.end(request, response)
        raise response

    @web.middleware
    async def edge(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other sites' forms, tell troubles without details, and send our headers with everything."""
        response: web.StreamResponse
        try:
            if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in OURS:
                raise web.HTTPForbidden
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(HEADERS)
            raise
        except (TokenServerRefused, ClientError, TimeoutError) as error:
            log.warning("trouble with the token server: %s", error)
            response = self._pages.page("failed", status=503)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


@asynccontextmanager
async def running_portal(
    settings: Settings, guests: Iterable[web.AbstractRouteDef] = (), footer: Markup = NOTHING
) -> AsyncIterator[None]:
    """Serve the portal until the context ends; `guests` and `footer` are for demonstrations that live beside it."""
    server = TokenServer(settings.token_server, settings.client_id, settings.client_secret)
    sessions, pages = Sessions(is_https=urlsplit(settings.url).scheme == "https"), Pages(settings.bank, footer)
    transactions = Transactions(server, f"{settings.url}/callback")
    widget = Widget(server, settings.token_server)
    portal = Portal(sessions, pages)
    application = web.Application(middlewares=[portal.edge], client_max_size=LONGEST_BODY)
    application.add_routes(portal.routes())
    application.add_routes(SignIn(settings, transactions, sessions, pages, widget).routes())
    application.add_routes(Payments(transactions, sessions, pages, widget).routes())
    application.add_routes(Linking(server, pages).routes())
    application.add_routes(Callbacks(settings, transactions).routes())
    application.add_routes(guests)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", settings.port).start()
    log.info("the portal is at %s", settings.url)
    try:
        yield
    finally:
        await runner.cleanup()
        await server.close()
