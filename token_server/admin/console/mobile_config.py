"""General mobile config and system features: one revision over both, a page for each.

GET, POST /mobile-config
GET, POST /features
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from token_server.admin.console.conflicts import Showing, differences, sent_revision
from token_server.admin.console.doors import Page
from token_server.admin.console.forms import Form
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit
from token_server.domain.errors import ChangedMeanwhile, InvalidParameter
from token_server.domain.mobile_config import (
    FEATURES,
    MobileConfig,
    PushEnrollmentMode,
    Setting,
    parse_push_enrollment_mode,
)
from token_server.domain.operators import Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.mobile_config import ManageMobileConfig

LABELS = {
    "mobile_authentication": "Mobile authentication",
    "geolocation": "Geolocation for mobile authentication",
    "enrollment_enabled": "Enrollment enabled",
    "unique_pgp_keys_per_enrollment": "Unique PGP keys per enrollment enabled",
    "push_enrollment_mode": "Push enrollment mode",
    "re_enrollment_allowed": "Re-enrollment allowed",
    "only_allow_preconfigured_callback_urls": "Only allow preconfigured Callback URLs",
    "max_message_length": "Maximum message length",
    "result_retention_s": "Result retention",
}
PUSH_MODES = {
    PushEnrollmentMode.SINGLE_DEVICE: "Single device",
    PushEnrollmentMode.OVERRIDE_ALLOWED: "Override allowed",
    PushEnrollmentMode.MULTIPLE_DEVICES: "Multiple devices",
}
GENERAL = frozenset(LABELS) - FEATURES
TEMPLATES = {"/features": "features.html", "/mobile-config": "mobile_config.html"}


class MobileConfigPages:
    """The page of the system features, and that of the general mobile config."""

    def __init__(self, pages: Pages, config: ManageMobileConfig) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._config = config

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page("GET", "/mobile-config", self.show, Permission.SEE_MOBILE_AUTHENTICATION),
            Page("POST", "/mobile-config", self.change, Permission.CHANGE_MOBILE_AUTHENTICATION),
            Page("GET", "/features", self.show, Permission.SEE_FEATURES),
            Page("POST", "/features", self.change_features, Permission.CHANGE_FEATURES),
        ]

    async def show(self, visit: Visit) -> web.Response:
        """Return the form."""
        found = await self._config.get()
        return self._form(visit, found, Showing(found.revision))

    async def change(self, visit: Visit) -> web.Response:
        """Change the general mobile config."""
        return await self._change(visit, GENERAL)

    async def change_features(self, visit: Visit) -> web.Response:
        """Switch features on and off."""
        return await self._change(visit, FEATURES)

    async def _change(self, visit: Visit, names: frozenset[str]) -> web.Response:
        found = await self._config.get()
        try:
            config = found.value.with_fields(read_fields(visit.form, names))
            await self._config.change(visit.operator, config, revision=sent_revision(visit.form))
        except InvalidParameter as error:
            visit.form.note(error)
            return self._form(visit, found, Showing.refused(visit.form))
        except ChangedMeanwhile:
            return await self._both(visit, names)
        return visit.go(visit.request.path, "Saved.")

    async def _both(self, visit: Visit, names: frozenset[str]) -> web.Response:
        found = await self._config.get()
        typed = found.value.with_fields(read_fields(visit.form, names))
        both = differences(LABELS, found.value, typed)
        return self._form(visit, found, Showing.conflicted(found.revision, both))

    def _form(self, visit: Visit, found: Revised[MobileConfig], showing: Showing) -> web.Response:
        return self._pages.show(
            visit,
            TEMPLATES[visit.request.path],
            **vars(showing),
            config=found.value,
            labels=LABELS,
            push_modes=[(mode.value, label) for mode, label in PUSH_MODES.items()],
        )


def read_fields(form: Form, names: frozenset[str]) -> Mapping[str, Setting]:
    """Return those fields of the config as a form describes them.

    Errors: InvalidParameter.
    """
    usual = vars(MobileConfig())
    return {name: _read(form, name, usual[name]) for name in usual if name in names}


def _read(form: Form, name: str, default: Setting) -> Setting:
    if isinstance(default, bool):
        return form.flag(name)
    return form.number(name) if isinstance(default, int) else parse_push_enrollment_mode(form.text(name))
