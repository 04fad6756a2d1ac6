"""The logos of API clients: chosen in a form, shown as phones will see them.

GET  /api-clients/{client_id}/logo.png
POST /api-clients/{client_id}/logo             a form with a file
POST /api-clients/{client_id}/logo/remove
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.console.api_clients import HOME
from token_server.admin.console.conflicts import sent_revision
from token_server.admin.console.cross_site import files_of
from token_server.admin.console.doors import Page
from token_server.admin.console.visits import Visit
from token_server.domain.errors import ChangedMeanwhile, InvalidParameter
from token_server.domain.operators import Permission
from token_server.flows.administration.logos import ManageLogos
from token_server.web.answers import answer_bytes
from token_server.web.pictures import PNG

ONE = f"{HOME}/{{client_id:[^/]+}}"


class ApiClientLogoPages:
    """Shows, sets and removes logos."""

    def __init__(self, logos: ManageLogos) -> None:
        """Ask the flow."""
        self._logos = logos

    def pages(self) -> list[Page]:
        """Return the pages."""
        see, change = Permission.SEE_API_CLIENTS, Permission.CHANGE_API_CLIENTS
        return [
            Page("GET", f"{ONE}/logo.png", self.show, see),
            Page("POST", f"{ONE}/logo", self.set, change),
            Page("POST", f"{ONE}/logo/remove", self.remove, change),
        ]

    async def show(self, visit: Visit) -> web.Response:
        """Return the picture.

        Errors: NotFound.
        """
        return answer_bytes((await self._logos.show(visit.named("client_id"))).picture, PNG)

    async def set(self, visit: Visit) -> web.Response:
        """Draw the logo anew.

        Errors: NotFound.
        """
        client_id, octets = visit.named("client_id"), files_of(visit.request).get("logo", b"")
        try:
            if not octets:
                raise InvalidParameter("logo", "was not chosen")  # noqa: TRY301
            await self._logos.set(visit.operator, client_id, octets, revision=sent_revision(visit.form))
        except InvalidParameter as error:
            return visit.go(f"{HOME}/{client_id}", failed=f"The {error.name} {error.problem}.")
        except ChangedMeanwhile as error:
            return visit.go(f"{HOME}/{client_id}", failed=f"{error}.")
        return visit.go(f"{HOME}/{client_id}", "Phones show the logo from the next login on.")

    async def remove(self, visit: Visit) -> web.Response:
        """Take the logo away.

        Errors: NotFound.
        """
        client_id = visit.named("client_id")
        try:
            await self._logos.remove(visit.operator, client_id, revision=sent_revision(visit.form))
        except ChangedMeanwhile as error:
            return visit.go(f"{HOME}/{client_id}", failed=f"{error}.")
        return visit.go(f"{HOME}/{client_id}", "The logo is removed.")
