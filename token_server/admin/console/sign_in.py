"""Signing in and out: name and password, then the second factor (next door), then the page that was asked for.

GET  /sign-in?next=/operators     name and password
POST /sign-in                     on to /sign-in/second-factor, or to enrol one
GET  /set-up/tsi_…                a new operator chooses a password
POST /sign-out
"""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from token_server.admin.console.doors import Access, Page
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit, local_path
from token_server.domain.errors import InvalidParameter, NotFound
from token_server.domain.operators import Permission, Stage
from token_server.flows.administration.operators import ManageOperators
from token_server.flows.administration.sessions import Sessions
from token_server.flows.administration.sign_in import SignIn

STEPS = {Stage.ENROLLMENT: "/sign-in/enrol", Stage.SECOND_FACTOR: "/sign-in/second-factor"}
LINK = "{link:tsi_[A-Za-z0-9_-]{43}}"
NO = "Name and password do not fit together"


class SignInPages:
    """The way in and out."""

    def __init__(self, pages: Pages, sign_in: SignIn, sessions: Sessions, operators: ManageOperators) -> None:
        """Show `pages`, ask the flows."""
        self._pages = pages
        self._sign_in = sign_in
        self._sessions = sessions
        self._operators = operators

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page("GET", "/sign-in", self.ask, Access.ANYBODY),
            Page("POST", "/sign-in", self.begin, Access.ANYBODY),
            Page("GET", f"/set-up/{LINK}", self.ask_password, Access.ANYBODY),
            Page("POST", f"/set-up/{LINK}", self.set_up, Access.ANYBODY),
            Page("POST", "/sign-out", self.sign_out, Permission.OWN_ACCOUNT),
        ]

    async def ask(self, visit: Visit) -> web.Response:
        """Ask for name and password; whoever is in already goes on."""
        if visit.session is not None:
            return visit.go(STEPS.get(visit.session.stage) or local_path(visit.asked("next", "/")))
        is_empty = not await self._operators.is_anybody_there()
        return self._pages.show(visit, "sign_in.html", next=local_path(visit.asked("next", "/")), is_empty=is_empty)

    async def begin(self, visit: Visit) -> web.Response:
        """Check name and password, and go on to the second step."""
        form, following = visit.form, local_path(visit.form.text("next", "/"))
        begun = await self._sign_in.begin(form.text("name"), form.text("password"), visit.place)
        if begun is None:
            form.problems["password"] = f"{NO}."
            return self._pages.refuse(visit, "sign_in.html", next=following, is_empty=False)
        return visit.enter(visit.go(f"{STEPS[begun.stage]}?next={quote(following, safe='/')}"), begun)

    async def ask_password(self, visit: Visit) -> web.Response:
        """Let a new operator choose a password.

        Errors: NotFound for a link that is not good (any more).
        """
        return self._pages.show(visit, "set_up.html", name=await self._name(visit))

    async def set_up(self, visit: Visit) -> web.Response:
        """Keep the password and go on to the second factor.

        Errors: NotFound.
        """
        form, name = visit.form, await self._name(visit)
        if form.text("password") != form.text("again"):
            form.problems["again"] = "The two passwords differ."
            return self._pages.refuse(visit, "set_up.html", name=name)
        try:
            begun = await self._sign_in.set_up(visit.named("link"), form.text("password"), visit.place)
        except InvalidParameter as error:
            return self._pages.refuse(visit, "set_up.html", name=name, form=form.note(error))
        return visit.enter(visit.go(STEPS[begun.stage]), begun)

    async def sign_out(self, visit: Visit) -> web.Response:
        """End the session, here and in the browser."""
        session = visit.open_session
        await self._sessions.end_own(session.operator, session.session_id, reason="signed out")
        response = visit.go("/sign-in", "You have signed out.")
        visit.cookies.drop(response, visit.cookies.session)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    async def _name(self, visit: Visit) -> str:
        name = await self._sign_in.find_link(visit.named("link"))
        if name is None:
            problem = "This link was used, has run out, or never existed: ask for a new one"
            raise NotFound(problem)
        return name
