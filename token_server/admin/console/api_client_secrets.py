"""The secrets of API clients: one lets the portal in and is shown once, the other signs its callbacks.

GET, POST /api-clients/{client_id}/secret                    asks for the overlap, shows the new one, once
POST      /api-clients/{client_id}/callback-secrets          shows what signs; a POST, because the audit trail notes it
GET, POST /api-clients/{client_id}/callback-secrets/rotate
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.console.conflicts import sent_revision
from token_server.admin.console.doors import Page
from token_server.admin.console.pages import UNPROCESSABLE, Pages
from token_server.admin.console.visits import Visit
from token_server.domain.errors import ChangedMeanwhile, InvalidParameter
from token_server.domain.operators import Permission
from token_server.flows.administration.api_clients import LONGEST_OVERLAP_S, ManageApiClients
from token_server.flows.callback_secrets import CallbackSecrets

ONE = "/api-clients/{client_id:[^/]+}"
OVERLAPS = [("0", "not at all"), ("3600", "an hour"), ("86400", "a day"), ("604800", "a week")]


class ApiClientSecretPages:
    """Rotates and shows secrets; only for those who may change API clients."""

    def __init__(self, pages: Pages, clients: ManageApiClients, callback_secrets: CallbackSecrets) -> None:
        """Show `pages`, ask the flows."""
        self._pages = pages
        self._clients = clients
        self._callback_secrets = callback_secrets

    def pages(self) -> list[Page]:
        """Return the pages."""
        change = Permission.CHANGE_API_CLIENTS
        return [
            Page("GET", f"{ONE}/secret", self.ask, change),
            Page("POST", f"{ONE}/secret", self.rotate, change),
            Page("POST", f"{ONE}/callback-secrets", self.show_callback_secrets, change),
            Page("GET", f"{ONE}/callback-secrets/rotate", self.ask_callback, change),
            Page("POST", f"{ONE}/callback-secrets/rotate", self.rotate_callback, change),
        ]

    async def ask(self, visit: Visit) -> web.Response:
        """Ask how long the old client secret stays good.

        Errors: NotFound.
        """
        found = await self._clients.get(visit.named("client_id"))
        return self._ask(visit, "secret", revision=found.revision)

    async def rotate(self, visit: Visit) -> web.Response:
        """Make a client secret and show it.

        Errors: NotFound.
        """
        client_id, revision = visit.named("client_id"), sent_revision(visit.form)
        try:
            overlap_s = visit.form.number("overlap_s")
            secret = await self._clients.rotate_secret(
                visit.operator, client_id, revision=revision, overlap_s=overlap_s
            )
        except InvalidParameter as error:
            visit.form.note(error)
            return self._ask(visit, "secret", revision=revision, status=UNPROCESSABLE)
        except ChangedMeanwhile as error:
            return visit.go(f"/api-clients/{client_id}", failed=f"{error}.")
        lead = "Keep the secret now: it is shown this once."
        return self._shown(visit, lead, [("Client secret", secret, None)])

    async def show_callback_secrets(self, visit: Visit) -> web.Response:
        """Show what signs the portal's callbacks.

        Errors: NotFound.
        """
        shown = await self._callback_secrets.show(visit.named("client_id"), visit.operator)
        lead = "These sign the callbacks of the portal, the newest first. The audit trail says that you looked."
        return self._shown(visit, lead, [("Callback secret", each.text, each.retires_at) for each in shown])

    async def ask_callback(self, visit: Visit) -> web.Response:
        """Ask how long the old callback secret signs too.

        Errors: NotFound.
        """
        await self._clients.get(visit.named("client_id"))
        return self._ask(visit, "callback-secrets/rotate", revision=None)

    async def rotate_callback(self, visit: Visit) -> web.Response:
        """Make a callback secret and show it.

        Errors: NotFound.
        """
        try:
            overlap_s = visit.form.number("overlap_s")
            if overlap_s > LONGEST_OVERLAP_S:
                raise InvalidParameter("overlap_s", f"must be from 0 to {LONGEST_OVERLAP_S}, a week")  # noqa: TRY301
            secret = await self._callback_secrets.rotate(
                visit.named("client_id"), overlap_s=overlap_s, operator=visit.operator
            )
        except InvalidParameter as error:
            visit.form.note(error)
            return self._ask(visit, "callback-secrets/rotate", revision=None, status=UNPROCESSABLE)
        lead = "Running servers sign with it within a second."
        return self._shown(visit, lead, [("Callback secret", secret, None)])

    def _ask(self, visit: Visit, what: str, *, revision: int | None, status: int = 200) -> web.Response:
        client_id = visit.named("client_id")
        return self._pages.show(
            visit,
            "api_client_rotate.html",
            status=status,
            client_id=client_id,
            action=f"/api-clients/{client_id}/{what}",
            called="client secret" if what == "secret" else "callback secret",
            revision=revision,
            overlaps=OVERLAPS,
        )

    def _shown(self, visit: Visit, lead: str, secrets: list[tuple[str, str, int | None]]) -> web.Response:
        return self._pages.show(
            visit, "api_client_secrets.html", client_id=visit.named("client_id"), lead=lead, secrets=secrets
        )
