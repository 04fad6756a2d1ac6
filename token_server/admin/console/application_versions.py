"""The versions of an application, and what each may do; a version stands in the query, for it may hold anything.

GET, POST /applications/{identifier}/version                             the form for a new one
GET, POST /applications/{identifier}/version?platform=ios&version=1.0    for one that is known
GET, POST /applications/{identifier}/version/remove?platform=ios&version=1.0
"""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from token_server.admin.console.applications import HOME, PLATFORMS, STATUSES
from token_server.admin.console.conflicts import Showing, differences, sent_revision
from token_server.admin.console.doors import Page
from token_server.admin.console.forms import Form
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit
from token_server.domain.applications import Application, ApplicationVersion, Platform, VersionStatus
from token_server.domain.errors import ChangedMeanwhile, InvalidParameter, NotFound
from token_server.domain.operators import Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.applications import ManageApplications

LABELS = {"versions": "Versions"}


class ApplicationVersionPages:
    """The form of a version, and the question before it is forgotten."""

    def __init__(self, pages: Pages, applications: ManageApplications) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._applications = applications

    def pages(self) -> list[Page]:
        """Return the pages."""
        change = Permission.CHANGE_APPLICATIONS
        one = f"{HOME}/{{identifier:[^/]+}}/version"
        return [
            Page("GET", one, self.show, change),
            Page("POST", one, self.set, change),
            Page("GET", f"{one}/remove", self.ask, change),
            Page("POST", f"{one}/remove", self.remove, change),
        ]

    async def show(self, visit: Visit) -> web.Response:
        """Return the form of a version, or an empty one.

        Errors: NotFound.
        """
        found = await self._applications.get(visit.named("identifier"))
        known = _known(visit, found.value) if _named(visit) else None
        return self._form(visit, found, known, Showing(found.revision))

    async def set(self, visit: Visit) -> web.Response:
        """Say what a version may do, or show both lists of versions when somebody else was faster.

        Errors: NotFound.
        """
        form = visit.form
        found = await self._applications.get(visit.named("identifier"))
        known = _named(visit)  # even when somebody has just forgotten it: then that is the conflict to be shown
        try:
            return await self._set(visit, found.value, read_version(form, known))
        except InvalidParameter as error:
            form.note(error)
        return self._form(visit, found, known, Showing.refused(form))

    async def ask(self, visit: Visit) -> web.Response:
        """Ask before a version is forgotten.

        Errors: NotFound.
        """
        found = await self._applications.get(visit.named("identifier"))
        version = _known(visit, found.value)
        is_last = len(found.value.versions) == 1
        after = (
            "It is the last one: every version may register from then on." if is_last else "It may register no more."
        )
        return self._pages.confirm(
            visit,
            title=f"Forget version {version.version} for {PLATFORMS[version.platform]}?",
            text=after,
            action=f"{_place(found.value)}/remove?{_query(version)}",
            button="Forget",
            back=f"{HOME}/{found.value.identifier}",
            revision=found.revision,
        )

    async def remove(self, visit: Visit) -> web.Response:
        """Forget a version.

        Errors: NotFound.
        """
        found = await self._applications.get(visit.named("identifier"))
        version, back = _known(visit, found.value), f"{HOME}/{found.value.identifier}"
        changed = found.value.without_version(version.platform, version.version)
        try:
            await self._applications.change(visit.operator, changed, revision=sent_revision(visit.form))
        except ChangedMeanwhile as error:
            return visit.go(back, failed=f"{error}.")
        return visit.go(back, f"Version {version.version} is forgotten.")

    async def _set(self, visit: Visit, application: Application, version: ApplicationVersion) -> web.Response:
        changed = application.with_version(version)
        try:
            await self._applications.change(visit.operator, changed, revision=sent_revision(visit.form))
        except ChangedMeanwhile:
            found = await self._applications.get(application.identifier)
            both = differences(LABELS, found.value, found.value.with_version(version))
            return self._form(visit, found, _named(visit), Showing.conflicted(found.revision, both))
        return visit.go(f"{HOME}/{application.identifier}", f"Version {version.version} is saved.")

    def _form(
        self, visit: Visit, found: Revised[Application], known: ApplicationVersion | None, showing: Showing
    ) -> web.Response:
        return self._pages.show(
            visit,
            "application_version.html",
            **vars(showing),
            application=found.value,
            known=known,
            action=f"{_place(found.value)}?{_query(known)}" if known else _place(found.value),
            platforms=PLATFORMS,
            statuses=[(value, label) for value, (label, _) in STATUSES.items()],
            back=f"{HOME}/{found.value.identifier}",
        )


def read_version(form: Form, known: ApplicationVersion | None) -> ApplicationVersion:
    """Return the version that a form describes; of a known one only the status.

    Errors: InvalidParameter.
    """
    platform = known.platform if known else form.word("platform", Platform)
    version = known.version if known else form.text("version").strip()
    return ApplicationVersion(platform, version, form.word("status", VersionStatus))


def _named(visit: Visit) -> ApplicationVersion | None:
    if not visit.asked("version"):
        return None
    try:
        return ApplicationVersion(Platform(visit.asked("platform")), visit.asked("version"), VersionStatus.ENABLED)
    except ValueError:
        problem = "There is no such platform"
        raise NotFound(problem) from None


def _known(visit: Visit, application: Application) -> ApplicationVersion:
    named = _named(visit)
    for each in application.versions:
        if named and (each.platform, each.version) == (named.platform, named.version):
            return each
    problem = f"The application {application.identifier} has no such version"
    raise NotFound(problem)


def _place(application: Application) -> str:
    return f"{HOME}/{application.identifier}/version"


def _query(version: ApplicationVersion) -> str:
    return urlencode({"platform": version.platform.value, "version": version.version})
