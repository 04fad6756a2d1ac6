"""Applications: which apps may register. Their versions have pages of their own.

GET  /applications                              list
GET, POST /new/application
GET, POST /applications/{identifier}            the form; on a conflict beside what is stored by now
GET, POST /applications/{identifier}/{disable|enable}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aiohttp import web

from token_server.admin.console.conflicts import Difference, differences, sent_revision
from token_server.admin.console.doors import Page
from token_server.admin.console.forms import Form
from token_server.admin.console.pages import UNPROCESSABLE, Pages
from token_server.admin.console.visits import Visit
from token_server.domain.applications import Application, Platform, VersionStatus
from token_server.domain.errors import AlreadyExists, ChangedMeanwhile, InvalidParameter
from token_server.domain.operators import Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.applications import ManageApplications

HOME = "/applications"
NEW = "/new/application"
CONFLICT = 409
LABELS = {"name": "Name", "deep_link": "Deep link"}
PLATFORMS = {Platform.ANDROID: "Android", Platform.IOS: "iOS"}
STATUSES = {
    VersionStatus.ENABLED: ("Enabled", "good"),
    VersionStatus.REGISTRATION_DISABLED: ("Login enabled, registration disabled", "warn"),
    VersionStatus.DISABLED: ("Disabled", "bad"),
}
WARNINGS = {
    "disable": "No more installations may register. Those that are there go on.",
    "enable": "Installations may register again.",
}


class ApplicationPages:
    """The list of applications and the form of each."""

    def __init__(self, pages: Pages, applications: ManageApplications) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._applications = applications

    def pages(self) -> list[Page]:
        """Return the pages."""
        see, change = Permission.SEE_APPLICATIONS, Permission.CHANGE_APPLICATIONS
        one = f"{HOME}/{{identifier:[^/]+}}"
        switch = f"{one}/{{action:disable|enable}}"
        return [
            Page("GET", HOME, self.list, see),
            Page("GET", NEW, self.blank, change),
            Page("POST", NEW, self.create, change),
            Page("GET", one, self.show, see),
            Page("POST", one, self.change, change),
            Page("GET", switch, self.ask, change),
            Page("POST", switch, self.switch, change),
        ]

    async def list(self, visit: Visit) -> web.Response:
        """List applications by identifier, disabled ones too."""
        found = await self._applications.list_all()
        return self._pages.show(
            visit, "applications.html", applications=found, platforms=PLATFORMS, statuses=STATUSES, new=NEW
        )

    async def blank(self, visit: Visit) -> web.Response:
        """Return an empty form."""
        return self._form(visit, None)

    async def create(self, visit: Visit) -> web.Response:
        """Let a new application register."""
        form = visit.form
        application = read_application(form, Application(form.text("identifier").strip(), ""))
        try:
            await self._applications.create(visit.operator, application)
        except (InvalidParameter, AlreadyExists) as error:
            form.note(error, "identifier")
            return self._form(visit, None, status=UNPROCESSABLE)
        return visit.go(f"{HOME}/{application.identifier}", f"{application.identifier} may register from now on.")

    async def show(self, visit: Visit) -> web.Response:
        """Return the form of an application.

        Errors: NotFound.
        """
        found = await self._applications.get(visit.named("identifier"))
        return self._form(visit, found, revision=found.revision)

    async def change(self, visit: Visit) -> web.Response:
        """Change name and deep link, or show both versions when somebody else was faster.

        Errors: NotFound.
        """
        form, revision = visit.form, sent_revision(visit.form)
        found = await self._applications.get(visit.named("identifier"))
        typed = read_application(form, found.value)
        try:
            await self._applications.change(visit.operator, typed, revision=revision)
        except InvalidParameter as error:
            form.note(error)
            return self._form(visit, found, revision=revision, status=UNPROCESSABLE)
        except ChangedMeanwhile:
            found = await self._applications.get(typed.identifier)
            both = differences(LABELS, found.value, read_application(form, found.value))
            return self._form(visit, found, revision=found.revision, status=CONFLICT, both=both)
        return visit.go(f"{HOME}/{typed.identifier}", f"{typed.identifier} is changed.")

    async def ask(self, visit: Visit) -> web.Response:
        """Ask before an application is disabled or enabled.

        Errors: NotFound.
        """
        identifier, action = visit.named("identifier"), visit.named("action")
        found = await self._applications.get(identifier)
        return self._pages.confirm(
            visit,
            title=f"{action.capitalize()} {identifier}?",
            text=WARNINGS[action],
            action=f"{HOME}/{identifier}/{action}",
            button=action.capitalize(),
            back=HOME,
            revision=found.revision,
        )

    async def switch(self, visit: Visit) -> web.Response:
        """Disable or enable an application.

        Errors: NotFound.
        """
        identifier, action = visit.named("identifier"), visit.named("action")
        act = self._applications.disable if action == "disable" else self._applications.enable
        try:
            await act(visit.operator, identifier, revision=sent_revision(visit.form))
        except ChangedMeanwhile as error:
            return visit.go(HOME, failed=f"{error}.")
        return visit.go(HOME, f"{identifier} is {action}d.")

    def _form(
        self,
        visit: Visit,
        found: Revised[Application] | None,
        *,
        revision: int | None = None,
        status: int = 200,
        both: Sequence[Difference] = (),
    ) -> web.Response:
        application = found.value if found else Application("", "")
        return self._pages.show(
            visit,
            "application.html",
            status=status,
            application=application,
            found=found,
            action=f"{HOME}/{application.identifier}" if found else NEW,
            revision=revision,
            platforms=PLATFORMS,
            statuses=STATUSES,
            conflicted=status == CONFLICT,
            both=both,
            home=HOME,
        )


def read_application(form: Form, stands: Application) -> Application:
    """Return the application as a form describes it; its versions stay, and an empty deep link is none."""
    return replace(stands, name=form.text("name"), deep_link=form.text("deep_link").strip() or None)
