"""Applications: which apps may register. Their versions have pages of their own.

GET  /applications                              list
GET, POST /new/application
GET, POST /applications/{identifier}            the form; on a conflict beside what is stored by now
GET, POST /applications/{identifier}/{disable|enable}
"""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from token_server.admin.console.configured import ConfiguredPages, Family
from token_server.admin.console.forms import Form
from token_server.admin.console.visits import Visit
from token_server.domain.applications import Application, Platform, VersionStatus
from token_server.domain.operators import Permission

HOME = "/applications"
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


class ApplicationPages(ConfiguredPages[Application]):
    """The list of applications and the form of each."""

    family = Family(
        home=HOME,
        new="/new/application",
        key="identifier",
        after_change=f"{HOME}/{{key}}",
        after_doubt=HOME,
        list_template="applications.html",
        form_template="application.html",
        see=Permission.SEE_APPLICATIONS,
        change=Permission.CHANGE_APPLICATIONS,
        warnings=WARNINGS,
        labels={"name": "Name", "deep_link": "Deep link"},
        words={"platforms": PLATFORMS, "statuses": STATUSES},
        blank=Application("", ""),
    )

    def _read(self, form: Form, key: str, stands: Application) -> Application:
        """Return what a form describes; the versions stay, and an empty deep link is none."""
        deep_link = form.text("deep_link").strip() or None
        return replace(stands, identifier=key, name=form.text("name"), deep_link=deep_link)

    def _created(self, visit: Visit, thing: Application, _: str | None) -> web.Response:
        return visit.go(f"{HOME}/{thing.identifier}", f"{thing.identifier} may register from now on.")
