"""Authentication types: what portals may ask for, by name.

GET  /authentication-types                          list
GET, POST /new/authentication-type
GET, POST /authentication-types/{name}              the form; on a conflict beside what is stored by now
GET, POST /authentication-types/{name}/rename       says which API clients used the old name
GET, POST /authentication-types/{name}/{disable|enable}
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from token_server.admin.console.conflicts import Difference, differences, sent_revision
from token_server.admin.console.doors import Page
from token_server.admin.console.forms import Form
from token_server.admin.console.languages import language_rows, read_languages
from token_server.admin.console.pages import UNPROCESSABLE, Pages
from token_server.admin.console.visits import Visit
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.errors import AlreadyExists, ChangedMeanwhile, InvalidParameter
from token_server.domain.operators import Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.authentication_types import ManageAuthenticationTypes

HOME = "/authentication-types"
NEW = "/new/authentication-type"
CONFLICT = 409
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
BLANK = AuthenticationType("", Method.OTP, 60, {})


class AuthenticationTypePages:
    """The list of types and the form of each."""

    def __init__(self, pages: Pages, types: ManageAuthenticationTypes) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._types = types

    def pages(self) -> list[Page]:
        """Return the pages."""
        see, change = Permission.SEE_MOBILE_AUTHENTICATION, Permission.CHANGE_MOBILE_AUTHENTICATION
        one = f"{HOME}/{{name:[^/]+}}"
        switch = f"{one}/{{action:disable|enable}}"
        return [
            Page("GET", HOME, self.list, see),
            Page("GET", NEW, self.blank, change),
            Page("POST", NEW, self.create, change),
            Page("GET", one, self.show, see),
            Page("POST", one, self.change, change),
            Page("GET", f"{one}/rename", self.ask_name, change),
            Page("POST", f"{one}/rename", self.rename, change),
            Page("GET", switch, self.ask, change),
            Page("POST", switch, self.switch, change),
        ]

    async def list(self, visit: Visit) -> web.Response:
        """List types by name, disabled ones too."""
        return self._pages.show(
            visit, "authentication_types.html", types=await self._types.list_all(), methods=METHODS, new=NEW
        )

    async def blank(self, visit: Visit) -> web.Response:
        """Return an empty form."""
        return self._form(visit, None)

    async def create(self, visit: Visit) -> web.Response:
        """Offer a new type."""
        form = visit.form
        try:
            kind = read_type(form, form.text("name").strip())
            await self._types.create(visit.operator, kind)
        except (InvalidParameter, AlreadyExists) as error:
            form.note(error, "name")
            return self._form(visit, None, status=UNPROCESSABLE)
        return visit.go(HOME, f"{kind.name} is there: portals may ask for it from now on.")

    async def show(self, visit: Visit) -> web.Response:
        """Return the form of a type.

        Errors: NotFound.
        """
        found = await self._types.get(visit.named("name"))
        return self._form(visit, found, revision=found.revision)

    async def change(self, visit: Visit) -> web.Response:
        """Change a type, or show both versions when somebody else was faster.

        Errors: NotFound.
        """
        form, name = visit.form, visit.named("name")
        try:
            return await self._change(visit, read_type(form, name))
        except InvalidParameter as error:
            form.note(error)
        found = await self._types.get(name)
        return self._form(visit, found, revision=sent_revision(form), status=UNPROCESSABLE)

    async def ask_name(self, visit: Visit) -> web.Response:
        """Ask for another name, and say who used the old one.

        Errors: NotFound.
        """
        found = await self._types.get(visit.named("name"))
        return await self._rename_form(visit, found, found.revision)

    async def rename(self, visit: Visit) -> web.Response:
        """Call a type otherwise.

        Errors: NotFound.
        """
        form, name = visit.form, visit.named("name")
        new_name, revision = form.text("name").strip(), sent_revision(form)
        try:
            renamed = await self._types.rename(visit.operator, name, new_name, revision=revision)
        except (InvalidParameter, AlreadyExists) as error:
            form.note(error, "name")
            found = await self._types.get(name)
            return await self._rename_form(visit, found, revision, status=UNPROCESSABLE)
        except ChangedMeanwhile as error:
            form.note(error, "name")
            found = await self._types.get(name)
            return await self._rename_form(visit, found, found.revision, status=CONFLICT)
        users = f" These API clients still ask for {name}: {', '.join(renamed.used_by)}." if renamed.used_by else ""
        return visit.go(HOME, f"{name} is called {new_name} now.{users}")

    async def ask(self, visit: Visit) -> web.Response:
        """Ask before a type is disabled or enabled.

        Errors: NotFound.
        """
        name, action = visit.named("name"), visit.named("action")
        found = await self._types.get(name)
        used_by = await self._types.used_by(name)
        users = f" Used in the last 90 days by: {', '.join(used_by)}." if used_by else ""
        off = f"Portals that ask for it are refused from now on; requests that were started go on.{users}"
        return self._pages.confirm(
            visit,
            title=f"{action.capitalize()} {name}?",
            text=off if action == "disable" else "Portals may ask for it again.",
            action=f"{HOME}/{name}/{action}",
            button=action.capitalize(),
            back=HOME,
            revision=found.revision,
        )

    async def switch(self, visit: Visit) -> web.Response:
        """Disable or enable a type.

        Errors: NotFound.
        """
        name, action = visit.named("name"), visit.named("action")
        act = self._types.disable if action == "disable" else self._types.enable
        try:
            await act(visit.operator, name, revision=sent_revision(visit.form))
        except ChangedMeanwhile as error:
            return visit.go(HOME, failed=f"{error}.")
        return visit.go(HOME, f"{name} is {action}d.")

    async def _change(self, visit: Visit, kind: AuthenticationType) -> web.Response:
        try:
            await self._types.change(visit.operator, kind, revision=sent_revision(visit.form))
        except ChangedMeanwhile:
            found = await self._types.get(kind.name)
            both = differences(LABELS, found.value, kind)
            return self._form(visit, found, revision=found.revision, status=CONFLICT, both=both)
        return visit.go(HOME, f"{kind.name} is changed.")

    async def _rename_form(
        self, visit: Visit, found: Revised[AuthenticationType], revision: int, status: int = 200
    ) -> web.Response:
        used_by = await self._types.used_by(found.value.name)
        return self._pages.show(
            visit,
            "authentication_type_name.html",
            status=status,
            kind=found.value,
            revision=revision,
            used_by=used_by,
            home=HOME,
        )

    def _form(
        self,
        visit: Visit,
        found: Revised[AuthenticationType] | None,
        *,
        revision: int | None = None,
        status: int = 200,
        both: Sequence[Difference] = (),
    ) -> web.Response:
        kind = found.value if found else BLANK
        return self._pages.show(
            visit,
            "authentication_type.html",
            status=status,
            kind=kind,
            found=found,
            action=f"{HOME}/{kind.name}" if found else NEW,
            revision=revision,
            rows=language_rows(visit.form, MESSAGES, kind.default_messages),
            methods=[(method.value, label) for method, label in METHODS.items()],
            both=both,
            home=HOME,
        )


def read_type(form: Form, name: str) -> AuthenticationType:
    """Return the type that a form describes.

    Errors: InvalidParameter.
    """
    try:
        method = Method(form.text("method"))
    except ValueError:
        raise InvalidParameter("method", f"must be one of {', '.join(Method)}") from None
    return AuthenticationType(
        name,
        method,
        form.number("expires_in_s"),
        read_languages(form, MESSAGES),
        rotation_s=form.number("rotation_s"),
        accept_window_s=form.number("accept_window_s"),
        number_matching=form.flag("number_matching"),
    )
