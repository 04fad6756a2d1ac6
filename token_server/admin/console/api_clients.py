"""API clients: the portals, their secrets, and what each may call.

GET  /api-clients                                   list
GET, POST /new/api-client                           shows the secret, once
GET, POST /api-clients/{client_id}                  the form; on a conflict beside what is stored by now
GET, POST /api-clients/{client_id}/{disable|enable}
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from aiohttp import web

from token_server.admin.console.conflicts import Difference, differences, sent_revision
from token_server.admin.console.doors import Page
from token_server.admin.console.forms import Form
from token_server.admin.console.pages import UNPROCESSABLE, Pages
from token_server.admin.console.visits import Visit
from token_server.domain.api_clients import ApiClient, AuthenticationMethod, ConfiguredApiClient, Right
from token_server.domain.errors import AlreadyExists, ChangedMeanwhile, InvalidParameter
from token_server.domain.operators import Permission
from token_server.flows.administration.api_clients import ManageApiClients

HOME = "/api-clients"
NEW = "/new/api-client"
CONFLICT = 409
LABELS = {
    "client_id": "Client ID",
    "display_name": "Name",
    "origin": "Origin",
    "origins": "More origins",
    "valid_for": "Valid for APIs",
    "authentication_method": "Authentication method",
    "jwks": "Public keys",
    "logo": "Logo",
    "callback_uris": "Callback URLs",
}
RIGHTS = {
    Right.MOBILE_AUTHENTICATION: "Mobile authentication",
    Right.END_USER: "End user",
    Right.USER_REGISTRATION: "User registration",
}
METHODS = {
    AuthenticationMethod.CLIENT_SECRET: "Client secret",
    AuthenticationMethod.PRIVATE_KEY_JWT: "Private key JWT",
    AuthenticationMethod.BOTH: "Both, while it changes over",
}
BLANK = ApiClient("", "", "", frozenset({Right.MOBILE_AUTHENTICATION}))


class ApiClientPages:
    """The list of API clients and the form of each."""

    def __init__(self, pages: Pages, clients: ManageApiClients) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._clients = clients

    def pages(self) -> list[Page]:
        """Return the pages."""
        see, change = Permission.SEE_API_CLIENTS, Permission.CHANGE_API_CLIENTS
        one = f"{HOME}/{{client_id:[^/]+}}"
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
        """List clients by id, disabled ones too."""
        clients = await self._clients.list_all()
        return self._pages.show(visit, "api_clients.html", clients=clients, rights=RIGHTS, new=NEW)

    async def blank(self, visit: Visit) -> web.Response:
        """Return an empty form."""
        return self._form(visit, None)

    async def create(self, visit: Visit) -> web.Response:
        """Make a client and show its secret, if it has one."""
        form = visit.form
        try:
            client = read_client(form, form.text("client_id").strip())
            secret = await self._clients.create(visit.operator, client)
        except (InvalidParameter, AlreadyExists) as error:
            form.note(error, "client_id")
            return self._form(visit, None, status=UNPROCESSABLE)
        if secret is None:
            return visit.go(f"{HOME}/{client.client_id}", f"{client.client_id} is made. It logs in with its key.")
        return self._pages.show(
            visit,
            "api_client_secrets.html",
            client_id=client.client_id,
            lead="Keep the secret now: it is shown this once.",
            secrets=[("Client secret", secret, None)],
        )

    async def show(self, visit: Visit) -> web.Response:
        """Return the form of a client.

        Errors: NotFound.
        """
        found = await self._clients.get(visit.named("client_id"))
        return self._form(visit, found, revision=found.revision)

    async def change(self, visit: Visit) -> web.Response:
        """Change a client, or show both versions when somebody else was faster.

        Errors: NotFound.
        """
        form, client_id = visit.form, visit.named("client_id")
        logo = (await self._clients.get(client_id)).value.logo  # which has a form of its own
        try:
            return await self._change(visit, read_client(form, client_id, logo))
        except InvalidParameter as error:
            form.note(error)
        found = await self._clients.get(client_id)
        return self._form(visit, found, revision=sent_revision(form), status=UNPROCESSABLE)

    async def ask(self, visit: Visit) -> web.Response:
        """Ask before a client is disabled or enabled.

        Errors: NotFound.
        """
        client_id, action = visit.named("client_id"), visit.named("action")
        found = await self._clients.get(client_id)
        off = "The portal is refused from now on: nobody can log in there."
        return self._pages.confirm(
            visit,
            title=f"{action.capitalize()} {client_id}?",
            text=off if action == "disable" else "The portal may come in again, with the secret it had.",
            action=f"{HOME}/{client_id}/{action}",
            button=action.capitalize(),
            back=f"{HOME}/{client_id}",
            revision=found.revision,
        )

    async def switch(self, visit: Visit) -> web.Response:
        """Disable or enable a client.

        Errors: NotFound.
        """
        client_id, action = visit.named("client_id"), visit.named("action")
        act = self._clients.disable if action == "disable" else self._clients.enable
        try:
            await act(visit.operator, client_id, revision=sent_revision(visit.form))
        except ChangedMeanwhile as error:
            return visit.go(HOME, failed=f"{error}.")
        return visit.go(HOME, f"{client_id} is {action}d.")

    async def _change(self, visit: Visit, client: ApiClient) -> web.Response:
        try:
            await self._clients.change(visit.operator, client, revision=sent_revision(visit.form))
        except ChangedMeanwhile:
            found = await self._clients.get(client.client_id)
            both = differences(LABELS, found.value, client)
            return self._form(visit, found, revision=found.revision, status=CONFLICT, both=both)
        return visit.go(HOME, f"{client.client_id} is changed.")

    def _form(
        self,
        visit: Visit,
        found: ConfiguredApiClient | None,
        *,
        revision: int | None = None,
        status: int = 200,
        both: Sequence[Difference] = (),
    ) -> web.Response:
        client = found.value if found else BLANK
        return self._pages.show(
            visit,
            "api_client.html",
            status=status,
            client=client,
            found=found,
            action=f"{HOME}/{client.client_id}" if found else NEW,
            revision=revision,
            ticked=visit.form.texts("valid_for") if visit.form.fields else [each.value for each in client.valid_for],
            rights=RIGHTS,
            methods=METHODS,
            jwks=readable_jwks(client.jwks),
            both=both,
            home=HOME,
        )


def read_client(form: Form, client_id: str, logo: str | None = None) -> ApiClient:
    """Return the API client that a form describes.

    Errors: InvalidParameter.
    """
    try:
        valid_for = frozenset(Right(each) for each in form.texts("valid_for"))
    except ValueError:
        raise InvalidParameter("valid_for", f"must be some of {', '.join(Right)}") from None
    try:
        method = AuthenticationMethod(form.text("authentication_method"))
    except ValueError:
        message = f"must be one of {', '.join(AuthenticationMethod)}"
        raise InvalidParameter("authentication_method", message) from None
    return ApiClient(
        client_id,
        form.text("display_name"),
        form.text("origin").strip(),
        valid_for,
        frozenset(form.text("origins").split()),
        method,
        form.text("jwks").strip(),
        logo,
        frozenset(form.text("callback_uris").split()),
    ).in_order()


def readable_jwks(jwks: str) -> str:
    """Return a key set as people read it."""
    return json.dumps(json.loads(jwks), indent=2) if jwks else ""
