"""Authentication types: what portals may ask for, by name.

GET  /authentication-types                          list
GET, POST /new/authentication-type
GET, POST /authentication-types/{name}              the form; on a conflict beside what is stored by now
GET, POST /authentication-types/{name}/rename       says which API clients used the old name
GET, POST /authentication-types/{name}/{disable|enable}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from token_server.admin.console.configured import ConfiguredPages, Family
from token_server.admin.console.conflicts import CONFLICT, Showing, sent_revision
from token_server.admin.console.doors import Page
from token_server.admin.console.forms import Form
from token_server.admin.console.languages import language_rows, read_languages
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.errors import AlreadyExists, ChangedMeanwhile, InvalidParameter
from token_server.domain.operators import Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.authentication_types import ManageAuthenticationTypes

HOME = "/authentication-types"
MESSAGES = "default_messages"
LABELS = {
    "name": "Name",
    "method": "Authentication method",
    "expires_in_s": "Request expires in",
    MESSAGES: "Default messages",
    "rotation_s": "Rotation",
    "accept_window_s": "Accept window",
    "number_matching": "Number matching",
}
METHODS = {
    Method.OTP: "OTP (One Time Password)",
    Method.PUSH: "Push",
    Method.PUSH_WITH_PIN: "Push with PIN",
    Method.PUSH_WITH_FINGERPRINT: "Push with Fingerprint",
    Method.PUSH_WITH_CUSTOM_AUTHENTICATOR: "Push with Custom Authenticator",
    Method.SMS: "SMS",
}
WARNINGS = {
    "disable": "Portals that ask for it are refused from now on; requests that were started go on.",
    "enable": "Portals may ask for it again.",
}


class AuthenticationTypePages(ConfiguredPages[AuthenticationType]):
    """The list of types and the form of each."""

    family = Family(
        home=HOME,
        new="/new/authentication-type",
        key="name",
        after_change=HOME,
        after_doubt=HOME,
        list_template="authentication_types.html",
        form_template="authentication_type.html",
        see=Permission.SEE_MOBILE_AUTHENTICATION,
        change=Permission.CHANGE_MOBILE_AUTHENTICATION,
        warnings=WARNINGS,
        labels=LABELS,
        words={"methods": METHODS},
        blank=AuthenticationType("", Method.OTP, 60, {}),
    )

    def __init__(self, pages: Pages, types: ManageAuthenticationTypes) -> None:
        """Show `pages`, ask the flow."""
        super().__init__(pages, types)
        self._types = types

    def pages(self) -> list[Page]:
        """Return the pages."""
        name = f"{HOME}/{{name:[^/]+}}/rename"
        return [
            *super().pages(),
            Page("GET", name, self.ask_name, self.family.change),
            Page("POST", name, self.rename, self.family.change),
        ]

    async def ask_name(self, visit: Visit) -> web.Response:
        """Ask for another name, and say who used the old one.

        Errors: NotFound.
        """
        found = await self._types.get(visit.named("name"))
        return await self._rename_form(visit, found, Showing(found.revision))

    async def rename(self, visit: Visit) -> web.Response:
        """Call a type otherwise.

        Errors: NotFound.
        """
        form, name = visit.form, visit.named("name")
        new_name = form.text("name").strip()
        try:
            renamed = await self._types.rename(visit.operator, name, new_name, revision=sent_revision(form))
        except (InvalidParameter, AlreadyExists) as error:
            form.note(error, "name")
            found = await self._types.get(name)
            return await self._rename_form(visit, found, Showing.refused(form))
        except ChangedMeanwhile as error:
            form.note(error, "name")
            found = await self._types.get(name)
            return await self._rename_form(visit, found, Showing(found.revision, CONFLICT))
        users = f" These API clients still ask for {name}: {', '.join(renamed.used_by)}." if renamed.used_by else ""
        return visit.go(HOME, f"{name} is called {new_name} now.{users}")

    async def _rename_form(self, visit: Visit, found: Revised[AuthenticationType], showing: Showing) -> web.Response:
        used_by = await self._types.used_by(found.value.name)
        return self._pages.show(
            visit, "authentication_type_name.html", **vars(showing), kind=found.value, used_by=used_by, home=HOME
        )

    def _read(self, form: Form, key: str, _: AuthenticationType) -> AuthenticationType:
        return AuthenticationType(
            key,
            form.word("method", Method),
            form.number("expires_in_s"),
            read_languages(form, MESSAGES),
            rotation_s=form.number("rotation_s"),
            accept_window_s=form.number("accept_window_s"),
            number_matching=form.flag("number_matching"),
        )

    def _created(self, visit: Visit, thing: AuthenticationType, _: str | None) -> web.Response:
        return visit.go(HOME, f"{thing.name} is there: portals may ask for it from now on.")

    async def _warning(self, key: str, action: str) -> str:
        used_by = await self._types.used_by(key) if action == "disable" else []
        users = f" Used in the last 90 days by: {', '.join(used_by)}." if used_by else ""
        return f"{WARNINGS[action]}{users}"

    def _filled(self, form: Form, thing: AuthenticationType) -> Mapping[str, Any]:
        return {"rows": language_rows(form, MESSAGES, thing.default_messages)}
