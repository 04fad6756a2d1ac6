"""How the console tells bad news: a page that says what happened and where to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from token_server.admin.console.cookies import Cookies
from token_server.admin.console.doors import VISIT
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit
from token_server.domain import errors
from token_server.web.edge import REQUEST_ID, Manners
from token_server.web.lookup import row_of


@dataclass(frozen=True)
class BadNews:
    """One row: HTTP status and the heading of the page."""

    status: int
    title: str


TABLE: dict[type[errors.TokenServerError], BadNews] = {
    errors.TokenServerError: BadNews(500, "Something went wrong here"),
    errors.InputError: BadNews(400, "This cannot be used"),
    errors.AccessError: BadNews(403, "Not allowed"),
    errors.NotAuthenticated: BadNews(403, "Sign in again"),
    errors.NotAllowed: BadNews(403, "Not allowed"),
    errors.NotFound: BadNews(404, "There is no such thing"),
    errors.Conflict: BadNews(409, "It cannot be done now"),
    errors.ChangedMeanwhile: BadNews(409, "Somebody else was faster"),
    errors.Expired: BadNews(410, "Too late"),
    errors.Limited: BadNews(429, "Too many attempts"),
    errors.Unavailable: BadNews(503, "Try again in a moment"),
}
HTTP_TABLE: Mapping[int, BadNews] = {
    404: BadNews(404, "There is no such page"),
    405: BadNews(405, "This page does not work that way"),
    413: BadNews(413, "That was too much at once"),
}


class ConsoleErrors:
    """Tells errors as pages."""

    def __init__(self, pages: Pages, cookies: Cookies) -> None:
        """Show `pages`."""
        self._pages = pages
        self._cookies = cookies

    def manners(self) -> Manners:
        """Return how the console tells bad news; it takes every path that is not the API's."""
        return Manners("console", "/", self.refuse, self.refuse_http, self.fail)

    def refuse(self, request: web.Request, error: errors.TokenServerError) -> web.Response:
        """Return the page for an error of the core."""
        response = self._tell(request, row_of(error, TABLE), f"{error}.")
        if isinstance(error, errors.Limited):
            response.headers["Retry-After"] = str(error.retry_after_s)
        if isinstance(error, errors.Unavailable):
            response.headers["Retry-After"] = "1"
        return response

    def refuse_http(self, request: web.Request, error: web.HTTPException) -> web.Response:
        """Return the page for what never reached a handler."""
        row = HTTP_TABLE.get(error.status, BadNews(error.status, "This cannot be used"))
        response = self._tell(request, row, "")
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response

    def fail(self, request: web.Request) -> web.Response:
        """Return a 500 that says nothing but the request id."""
        return self._tell(
            request, BadNews(500, "Something went wrong here"), "The story is in the server's log, under this number:"
        )

    def _tell(self, request: web.Request, row: BadNews, sentence: str) -> web.Response:
        visit = request.get(VISIT) or Visit(request, self._cookies)
        return self._pages.show(
            visit, "error.html", status=row.status, title=row.title, sentence=sentence, request_id=request[REQUEST_ID]
        )
