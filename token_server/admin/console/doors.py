"""The console's door: every page names who may see it, and no page can be offered without.

Page("GET", "/operators", self.list, Permission.SEE_OPERATORS)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from aiohttp import web

from token_server.admin.console.cookies import Cookies
from token_server.admin.console.cross_site import form_of
from token_server.admin.console.forms import Form
from token_server.admin.console.visits import Visit
from token_server.domain.operators import Permission, Stage
from token_server.flows.administration.sessions import Sessions
from token_server.web.addresses import CallerAddresses

VISIT = web.RequestKey("visit", Visit)
# What `happenings.js` sends when a page renews itself and nobody has touched it since the last time: such a request
# must not keep the session of a desk that somebody left open. Whoever sends it in vain is signed out earlier.
BY_ITSELF = "Renewed-By-Itself"


class Access(Enum):
    """Who may see a page for which no permission is needed."""

    ANYBODY = "anybody"
    SECOND_FACTOR = "whoever has shown the password"
    ENROLLMENT = "whoever has no second factor yet"


STAGES = {Access.SECOND_FACTOR: Stage.SECOND_FACTOR, Access.ENROLLMENT: Stage.ENROLLMENT}
Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Page:
    """One route of the console."""

    method: str
    path: str
    handler: Handler
    access: Permission | Access


class ConsoleDoor:
    """Lets requests in to pages."""

    def __init__(self, sessions: Sessions, cookies: Cookies, addresses: CallerAddresses) -> None:
        """Recognise `sessions` by their cookie, and note where browsers are by `addresses`."""
        self._sessions = sessions
        self._cookies = cookies
        self._addresses = addresses

    def route(self, page: Page) -> web.RouteDef:
        """Return the route of a page, guarded."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            visit = await self._visit(request)
            response = self._stop(visit, page.access) or await page.handler(visit)
            if visit.new_visitor:
                self._cookies.put(response, self._cookies.visitor, visit.new_visitor)
            return response

        if page.method == "GET":
            return web.get(page.path, guarded, allow_head=False)
        return web.route(page.method, page.path, guarded)

    async def _visit(self, request: web.Request) -> Visit:
        token = request.cookies.get(self._cookies.session, "")
        visit = Visit(request, self._cookies, self._addresses.of(request), form=Form(form_of(request)))
        request[VISIT] = visit
        by_itself = BY_ITSELF in request.headers
        visit.session = await self._sessions.recognise(token, by_itself=by_itself) if token else None
        if not token and self._cookies.visitor not in request.cookies:
            visit.new_visitor = self._sessions.new_visitor()
        visit.form_token = self._sessions.form_token(
            token or request.cookies.get(self._cookies.visitor, "") or visit.new_visitor
        )
        return visit

    def _stop(self, visit: Visit, access: Permission | Access) -> web.Response | None:
        """Return the way to the sign-in for whoever has to go there first.

        Errors: NotAllowed.
        """
        if access is Access.ANYBODY:
            return None
        needed = STAGES[access] if isinstance(access, Access) else Stage.OPEN
        if visit.session is None or visit.session.stage is not needed:
            return self._sign_in_first(visit)
        if isinstance(access, Permission):
            visit.operator.require(access)
        return None

    def _sign_in_first(self, visit: Visit) -> web.Response:
        request = visit.request
        if self._cookies.session in request.cookies and visit.session is None:
            response = visit.go("/sign-in", failed="You have been signed out. Please sign in again.")
            self._cookies.drop(response, self._cookies.session)
        else:
            response = visit.go("/sign-in")
        if request.method == "GET" and request.path_qs != "/":
            response.headers["Location"] += f"?next={quote(request.path_qs, safe='/')}"
        return response
