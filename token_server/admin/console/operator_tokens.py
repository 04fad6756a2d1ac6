"""Personal access tokens: an operator's programs come in by the API with them.

GET  /tokens                         list, and the form for a new one
POST /tokens                         shows the token, once
GET, POST /tokens/{token_id}/revoke  asks first
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.console.doors import Page
from token_server.admin.console.pages import UNPROCESSABLE, Pages
from token_server.admin.console.visits import Visit
from token_server.domain.errors import InvalidParameter, NotAllowed, NotFound
from token_server.domain.operators import Permission, Role, includes
from token_server.flows.administration.operator_tokens import OperatorTokens

MOST = 200
TOKEN = "{token_id:[0-9a-f]{24}}"


class OperatorTokenPages:
    """The operator's own tokens."""

    def __init__(self, pages: Pages, tokens: OperatorTokens) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._tokens = tokens

    def pages(self) -> list[Page]:
        """Return the pages."""
        own = Permission.OWN_ACCOUNT
        return [
            Page("GET", "/tokens", self.list, own),
            Page("POST", "/tokens", self.issue, own),
            Page("GET", f"/tokens/{TOKEN}/revoke", self.ask, own),
            Page("POST", f"/tokens/{TOKEN}/revoke", self.revoke, own),
        ]

    async def list(self, visit: Visit) -> web.Response:
        """List the live tokens."""
        return await self._list(visit, status=200)

    async def issue(self, visit: Visit) -> web.Response:
        """Make a token and show it."""
        form = visit.form
        try:
            role, days = Role(form.text("role")), form.number("days")
            issued = await self._tokens.issue(visit.operator, form.text("name"), role, days=days)
        except (InvalidParameter, NotAllowed) as error:
            form.note(error, "role")
            return await self._list(visit, status=UNPROCESSABLE)
        except ValueError:
            form.problems["role"] = "Choose one of the roles."
            return await self._list(visit, status=UNPROCESSABLE)
        return self._pages.show(visit, "token_issued.html", name=form.text("name"), issued=issued)

    async def ask(self, visit: Visit) -> web.Response:
        """Ask before a token is revoked."""
        token_id = visit.named("token_id")
        return self._pages.confirm(
            visit,
            title="Revoke this token?",
            text="Programs that use it are refused from now on. This cannot be undone.",
            action=f"/tokens/{token_id}/revoke",
            button="Revoke",
            back="/tokens",
        )

    async def revoke(self, visit: Visit) -> web.Response:
        """Revoke a token."""
        try:
            await self._tokens.revoke_own(visit.operator, visit.named("token_id"))
        except NotFound as error:
            return visit.go("/tokens", failed=f"{error}.")
        return visit.go("/tokens", "The token is revoked.")

    async def _list(self, visit: Visit, *, status: int) -> web.Response:
        roles = [role for role in Role if includes(visit.operator.role, role)]
        tokens = await self._tokens.list_own(visit.operator, most=MOST)
        return self._pages.show(visit, "tokens.html", status=status, tokens=tokens, choices=roles)
