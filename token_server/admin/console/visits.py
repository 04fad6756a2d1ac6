"""One request at the console's door: whose it is, what its form says, and what the answer may say."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web

from token_server.admin.console.cookies import Cookies, Flash
from token_server.admin.console.forms import Form
from token_server.domain.errors import NotAuthenticated
from token_server.domain.operators import Operator, Place
from token_server.flows.administration.sessions import NewSession, Session

SEE_OTHER = 303


@dataclass
class Visit:
    """A request with what is known about it; `form` is empty unless it was posted and belongs to this browser."""

    request: web.Request
    cookies: Cookies
    address: str = ""
    session: Session | None = None
    form: Form = field(default_factory=Form)
    form_token: str = ""
    new_visitor: str = ""

    @property
    def operator(self) -> Operator:
        """Who is at the desk.

        Errors: NotAuthenticated.
        """
        return self.open_session.operator

    @property
    def open_session(self) -> Session:
        """The session that lets this request in.

        Errors: NotAuthenticated.
        """
        if self.session is None:
            problem = "Sign in first"
            raise NotAuthenticated(problem)
        return self.session

    @property
    def place(self) -> Place:
        """Where the browser is."""
        return Place(self.address, self.request.headers.get("User-Agent", ""))

    def named(self, name: str) -> str:
        """Return a parameter of the path."""
        return self.request.match_info[name]

    def asked(self, name: str, default: str = "") -> str:
        """Return a parameter of the query."""
        return self.request.query.get(name, default)

    def go(self, path: str, done: str = "", *, failed: str = "") -> web.Response:
        """Send the browser on to one of our own pages, which says what was done, or what was not."""
        response = web.Response(status=SEE_OTHER, headers={"Location": local_path(path)})
        if done or failed:
            self.cookies.put_flash(response, Flash("bad", failed) if failed else Flash("good", done))
        return response

    def enter(self, response: web.Response, begun: NewSession) -> web.Response:
        """Hand the browser its new session: an id from before is worth nothing."""
        self.cookies.put(response, self.cookies.session, begun.token, max_age_s=begun.lifetime_ms // 1000)
        self.cookies.drop(response, self.cookies.visitor)
        return response


def local_path(path: str) -> str:
    r"""Return the path if it leads to a page of ours, else the way to the first page.

    `//evil.example` and `/\evil.example` lead elsewhere, and browsers drop tabs and line ends before they look.
    """
    is_plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    if not is_plain or not path.isascii() or " " in path:
        return "/"
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else "/"
