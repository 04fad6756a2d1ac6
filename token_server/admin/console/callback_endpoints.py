"""Callback endpoints: where portals may be called back, and with which credentials; a password is set, never shown.

GET, POST /callback-endpoints                    list, and the form for a new one
GET, POST /callback-endpoints/change?uri=…       the form; on a conflict beside what is stored by now
GET, POST /callback-endpoints/remove?uri=…       asks first
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.console.conflicts import Showing, differences, sent_revision
from token_server.admin.console.doors import Page
from token_server.admin.console.forms import Form
from token_server.admin.console.pages import UNPROCESSABLE, Pages
from token_server.admin.console.visits import Visit
from token_server.domain.callback_endpoints import CallbackEndpoint
from token_server.domain.errors import AlreadyExists, ChangedMeanwhile, InvalidParameter
from token_server.domain.operators import Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.callback_endpoints import ManageCallbackEndpoints

HOME = "/callback-endpoints"
LABELS = {"callback_uri": "Callback URL", "username": "Username"}


class CallbackEndpointPages:
    """The list of endpoints and the form of each."""

    def __init__(self, pages: Pages, endpoints: ManageCallbackEndpoints) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._endpoints = endpoints

    def pages(self) -> list[Page]:
        """Return the pages."""
        see, change = Permission.SEE_MOBILE_AUTHENTICATION, Permission.CHANGE_MOBILE_AUTHENTICATION
        return [
            Page("GET", HOME, self.list, see),
            Page("POST", HOME, self.create, change),
            Page("GET", f"{HOME}/change", self.show, change),
            Page("POST", f"{HOME}/change", self.change, change),
            Page("GET", f"{HOME}/remove", self.ask, change),
            Page("POST", f"{HOME}/remove", self.remove, change),
        ]

    async def list(self, visit: Visit) -> web.Response:
        """List endpoints by address."""
        return await self._list(visit)

    async def create(self, visit: Visit) -> web.Response:
        """Put an address on the list."""
        form = visit.form
        endpoint = read_endpoint(form)
        try:
            await self._endpoints.create(visit.operator, endpoint, password=form.text("password") or None)
        except (InvalidParameter, AlreadyExists) as error:
            form.note(error, "callback_uri")
            return await self._list(visit, status=UNPROCESSABLE)
        return visit.go(HOME, "The endpoint is on the list.")

    async def show(self, visit: Visit) -> web.Response:
        """Return the form of an endpoint.

        Errors: NotFound.
        """
        found = await self._endpoints.get(visit.asked("uri"))
        return self._form(visit, found, Showing(found.revision))

    async def change(self, visit: Visit) -> web.Response:
        """Change the credentials, or show both versions when somebody else was faster.

        Errors: NotFound.
        """
        form, endpoint, revision = visit.form, read_endpoint(visit.form), sent_revision(visit.form)
        password = form.text("password") or None
        try:
            await self._endpoints.change(visit.operator, endpoint, revision=revision, password=password)
        except InvalidParameter as error:
            form.note(error)
            found = await self._endpoints.get(endpoint.callback_uri)
            return self._form(visit, found, Showing.refused(form))
        except ChangedMeanwhile:
            found = await self._endpoints.get(endpoint.callback_uri)
            both = differences(LABELS, found.value, endpoint)
            return self._form(visit, found, Showing.conflicted(found.revision, both))
        return visit.go(HOME, "The endpoint is changed.")

    async def ask(self, visit: Visit) -> web.Response:
        """Ask before an endpoint is removed.

        Errors: NotFound.
        """
        found = await self._endpoints.get(visit.asked("uri"))
        return self._pages.confirm(
            visit,
            title="Remove this callback endpoint?",
            text=f"{found.value.callback_uri} is forgotten, with its credentials.",
            action=f"{HOME}/remove",
            button="Remove",
            back=HOME,
            callback_uri=found.value.callback_uri,
            revision=found.revision,
        )

    async def remove(self, visit: Visit) -> web.Response:
        """Take an endpoint off the list.

        Errors: NotFound.
        """
        uri, revision = visit.form.text("callback_uri"), sent_revision(visit.form)
        try:
            await self._endpoints.remove(visit.operator, uri, revision=revision)
        except ChangedMeanwhile as error:
            return visit.go(HOME, failed=f"{error}.")
        return visit.go(HOME, "The endpoint is removed.")

    async def _list(self, visit: Visit, status: int = 200) -> web.Response:
        endpoints = await self._endpoints.list_all()
        return self._pages.show(visit, "callback_endpoints.html", status=status, endpoints=endpoints)

    def _form(self, visit: Visit, found: Revised[CallbackEndpoint], showing: Showing) -> web.Response:
        return self._pages.show(visit, "callback_endpoint.html", **vars(showing), endpoint=found.value)


def read_endpoint(form: Form) -> CallbackEndpoint:
    """Return the endpoint that a form describes; an empty user name is none."""
    return CallbackEndpoint(form.text("callback_uri").strip(), form.text("username") or None)
