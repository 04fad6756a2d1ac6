"""The desk for portals' credentials."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from token_server.admin.terminal.telling import SEEN_SOON, Teller, facts_of_revised
from token_server.domain.api_clients import ApiClient, ConfiguredApiClient
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.api_clients import ManageApiClients

COLUMNS = {
    "client_id": "CLIENT",
    "display_name": "NAME",
    "origin": "ORIGIN",
    "valid_for": "VALID FOR",
    "authentication_method": "LOGS IN WITH",
    "disabled": "DISABLED",
    "previous_secret_until": "OLD SECRET UNTIL",
}


class ApiClientsDesk:
    """Creates, shows, changes, disables and enables API clients."""

    def __init__(self, clients: ManageApiClients, teller: Teller) -> None:
        """Ask `clients`, tell it by `teller`."""
        self._clients = clients
        self._teller = teller

    async def create(self, client: ApiClient) -> None:
        """Make a client and show its secret, if it has one.

        Errors: InvalidParameter, AlreadyExists.
        """
        secret = await self._clients.create(TERMINAL, client)
        if secret is None:
            await self._tell(client.client_id, f"{client.client_id} is made and logs in with its key; {SEEN_SOON}")
        else:
            self._show_secret(client.client_id, secret)
        self._teller.sentence(
            f"Callbacks are signed; what checks them: token-server clients callback-secret {client.client_id}"
        )

    async def change(self, client_id: str, **stated: Any) -> None:
        """Change those fields of a client.

        Errors: InvalidParameter, NotFound, ChangedMeanwhile.
        """
        stands = await self._clients.get(client_id)
        await self._clients.change(TERMINAL, replace(stands.value, **stated), revision=stands.revision)
        await self._tell(client_id, f"{client_id} is changed; {SEEN_SOON}")

    async def rotate_secret(self, client_id: str, *, overlap_s: int) -> None:
        """Make a new secret and show it.

        Errors: NotFound, WrongState, ChangedMeanwhile.
        """
        stands = await self._clients.get(client_id)
        secret = await self._clients.rotate_secret(TERMINAL, client_id, revision=stands.revision, overlap_s=overlap_s)
        self._show_secret(client_id, secret)
        until = _said((await self._clients.get(client_id)).previous_secret_until)
        self._teller.sentence(f"The old one is good until {until}." if until else "The old one is worth nothing now.")

    async def disable(self, client_id: str) -> None:
        """Let a client in no more.

        Errors: NotFound, ChangedMeanwhile.
        """
        stands = await self._clients.get(client_id)
        await self._clients.disable(TERMINAL, client_id, revision=stands.revision)
        await self._tell(client_id, f"{client_id} is disabled; {SEEN_SOON}")

    async def enable(self, client_id: str) -> None:
        """Let a client in again, with the secret it had.

        Errors: NotFound, ChangedMeanwhile.
        """
        stands = await self._clients.get(client_id)
        await self._clients.enable(TERMINAL, client_id, revision=stands.revision)
        await self._tell(client_id, f"{client_id} is let in again; {SEEN_SOON}")

    async def show_all(self) -> None:
        """Show every client."""
        rows = [_facts(each) for each in await self._clients.list_all()]
        if not self._teller.as_json:
            rows = [{**row, "previous_secret_until": _said(row["previous_secret_until"])} for row in rows]
        empty = "There are no API clients yet: token-server clients create --help"
        self._teller.table(rows, COLUMNS, empty=empty)

    async def _tell(self, client_id: str, sentence: str) -> None:
        self._teller.facts(_facts(await self._clients.get(client_id)), sentence)

    def _show_secret(self, client_id: str, secret: str) -> None:
        self._teller.facts(
            {"client_id": client_id, "client_secret": secret},
            f"client_id      {client_id}",
            f"client_secret  {secret}",
            "Keep the secret now: it is shown this once. Running servers know it within a second.",
        )


def _facts(each: ConfiguredApiClient) -> dict[str, Any]:
    return {**facts_of_revised(each), "previous_secret_until": each.previous_secret_until}


def _said(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
