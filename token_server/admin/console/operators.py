"""Operators: who may come to the desk. Owners change it, admins and auditors see it.

GET  /operators                               list, and the form for a new one
POST /operators                               shows the set-up link, once
GET  /operators/{id}/{disable|enable|reset}   asks first
POST /operators/{id}/{disable|enable|reset}
POST /operators/{id}/role
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.console.doors import Page
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit
from token_server.domain.errors import AlreadyExists, ChangedMeanwhile, InvalidParameter, WrongState
from token_server.domain.operators import Permission, Role
from token_server.flows.administration.operators import Invitation, ManageOperators

OPERATOR = "{operator_id:[0-9a-f]{24}}"
PAGE = 50
ACTIONS = {
    "disable": ("Disable", "may come in no more. Their sessions and access tokens end at once, for good."),
    "enable": ("Enable", "may come in again, with the password and second factor they had."),
    "reset": (
        "Reset the second factor of",
        "gets a new set-up link and starts over; password, second factor, recovery codes and sessions end now.",
    ),
}
BUTTONS = {"disable": "Disable", "enable": "Enable", "reset": "Reset second factor"}


class OperatorPages:
    """The list of operators and what owners do with it."""

    def __init__(self, pages: Pages, operators: ManageOperators, *, base_url: str) -> None:
        """Show `pages`; set-up links begin with `base_url`."""
        self._pages = pages
        self._operators = operators
        self._base_url = base_url

    def pages(self) -> list[Page]:
        """Return the pages."""
        see, change = Permission.SEE_OPERATORS, Permission.CHANGE_OPERATORS
        action = f"/operators/{OPERATOR}/{{action:disable|enable|reset}}"
        return [
            Page("GET", "/operators", self.list, see),
            Page("POST", "/operators", self.create, change),
            Page("GET", action, self.ask, change),
            Page("POST", action, self.act, change),
            Page("POST", f"/operators/{OPERATOR}/role", self.change_role, change),
        ]

    async def list(self, visit: Visit) -> web.Response:
        """List operators by name."""
        return await self._list(visit, status=200)

    async def create(self, visit: Visit) -> web.Response:
        """Make an operator and show the set-up link."""
        form = visit.form
        try:
            invitation = await self._operators.create(visit.operator, form.text("name"), _role(form.text("role")))
        except (InvalidParameter, AlreadyExists) as error:
            form.note(error, "name")
            return await self._list(visit, status=422)
        return self._show_link(visit, invitation)

    async def ask(self, visit: Visit) -> web.Response:
        """Ask before something is done.

        Errors: NotFound.
        """
        found, action = await self._operators.get(visit.operator, visit.named("operator_id")), visit.named("action")
        verb, consequence = ACTIONS[action]
        return self._pages.confirm(
            visit,
            title=f"{verb} {found.name}?",
            text=f"{found.name} {consequence}",
            action=f"/operators/{found.operator_id}/{action}",
            button=BUTTONS[action],
            back="/operators",
            revision=found.revision,
        )

    async def act(self, visit: Visit) -> web.Response:
        """Do what was confirmed.

        Errors: NotFound.
        """
        operator, operator_id, revision = visit.operator, visit.named("operator_id"), visit.form.number("revision")
        try:
            if visit.named("action") == "reset":
                invitation = await self._operators.reset_second_factor(operator, operator_id, revision=revision)
                return self._show_link(visit, invitation)
            if visit.named("action") == "disable":
                changed = await self._operators.disable(operator, operator_id, revision=revision)
                return visit.go("/operators", f"{changed.name} is disabled.")
            changed = await self._operators.enable(operator, operator_id, revision=revision)
        except (ChangedMeanwhile, WrongState) as error:
            return visit.go("/operators", failed=f"{error}.")
        return visit.go("/operators", f"{changed.name} is enabled.")

    async def change_role(self, visit: Visit) -> web.Response:
        """Give somebody another role.

        Errors: NotFound.
        """
        form, operator_id = visit.form, visit.named("operator_id")
        try:
            changed = await self._operators.change_role(
                visit.operator, operator_id, _role(form.text("role")), revision=form.number("revision")
            )
        except (ChangedMeanwhile, WrongState, InvalidParameter) as error:
            return visit.go("/operators", failed=f"{error}.")
        return visit.go("/operators", f"{changed.name} has the role {changed.role} now.")

    async def _list(self, visit: Visit, *, status: int) -> web.Response:
        after = visit.asked("after")
        found = await self._operators.list_page(visit.operator, after=after, most=PAGE + 1)
        following = f"/operators?after={found[PAGE - 1].name}" if len(found) > PAGE else ""
        return self._pages.show(
            visit,
            "operators.html",
            status=status,
            operators=found[:PAGE],
            first="/operators" if after else "",
            following=following,
        )

    def _show_link(self, visit: Visit, invitation: Invitation) -> web.Response:
        link = f"{self._base_url}/set-up/{invitation.link}"
        return self._pages.show(visit, "operator_link.html", invited=invitation.operator, link=link)


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise InvalidParameter("role", f"must be one of {', '.join(Role)}") from None
