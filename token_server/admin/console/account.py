"""An operator's own account: password, sessions, light or dark.

GET  /account
POST /account/password
POST /account/sessions/{session_id}/end     POST /account/sessions/end-others
POST /theme
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.console.doors import Access, Page
from token_server.admin.console.pages import UNPROCESSABLE, Pages
from token_server.admin.console.visits import Visit
from token_server.domain.errors import InvalidParameter
from token_server.domain.operators import Permission
from token_server.flows.administration.passwords import ChangePassword
from token_server.flows.administration.second_factor import SecondFactor
from token_server.flows.administration.session_list import ListSessions
from token_server.flows.administration.sessions import Sessions


class AccountPages:
    """What operators see and change of themselves."""

    def __init__(
        self,
        pages: Pages,
        sessions: Sessions,
        list_sessions: ListSessions,
        change_password: ChangePassword,
        second_factor: SecondFactor,
    ) -> None:
        """Show `pages`, ask the flows."""
        self._pages = pages
        self._sessions = sessions
        self._list_sessions = list_sessions
        self._change_password = change_password
        self._second_factor = second_factor

    def pages(self) -> list[Page]:
        """Return the pages."""
        own = Permission.OWN_ACCOUNT
        return [
            Page("GET", "/account", self.see, own),
            Page("POST", "/account/password", self.change_password, own),
            Page("POST", "/account/sessions/end-others", self.end_others, own),
            Page("POST", "/account/sessions/{session_id:[0-9a-f]{24}}/end", self.end_session, own),
            Page("POST", "/theme", self.choose_theme, Access.ANYBODY),
        ]

    async def see(self, visit: Visit) -> web.Response:
        """Show the account."""
        return await self._show(visit, status=200)

    async def change_password(self, visit: Visit) -> web.Response:
        """Choose another password; all other sessions end."""
        form = visit.form
        if form.text("password") != form.text("again"):
            form.problems["again"] = "The two passwords differ."
            return await self._show(visit, status=UNPROCESSABLE)
        try:
            is_right = await self._change_password.change(
                visit.open_session, form.text("current"), form.text("password")
            )
        except InvalidParameter as error:
            form.note(error)
            return await self._show(visit, status=UNPROCESSABLE)
        if not is_right:
            form.problems["current"] = "This is not your password."
            return await self._show(visit, status=UNPROCESSABLE)
        return visit.go("/account", "Your password is changed, and your other sessions have ended.")

    async def end_session(self, visit: Visit) -> web.Response:
        """End one session.

        Errors: NotFound.
        """
        await self._sessions.end_own(visit.operator, visit.named("session_id"))
        return visit.go("/account", "The session has ended.")

    async def end_others(self, visit: Visit) -> web.Response:
        """End every session but this one."""
        ended = await self._sessions.end_own_others(visit.open_session)
        return visit.go("/account", f"Ended {ended} other {'session' if ended == 1 else 'sessions'}.")

    async def choose_theme(self, visit: Visit) -> web.Response:
        """Remember light, dark, or as the system has it, and go back to the page."""
        response = visit.go(visit.form.text("here", "/"))
        visit.cookies.put_theme(response, visit.form.text("theme"))
        return response

    async def _show(self, visit: Visit, *, status: int) -> web.Response:
        operator = visit.operator
        return self._pages.show(
            visit,
            "account.html",
            status=status,
            sessions=await self._list_sessions.list_own(operator),
            this_session=visit.open_session.session_id,
            recovery_codes=await self._second_factor.count_recovery_codes(operator.operator_id),
        )
