"""The desk for authentication types."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from token_server.admin.terminal.telling import SEEN_SOON, Teller, facts_of_revised
from token_server.domain.authentication_types import AuthenticationType
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.authentication_types import ManageAuthenticationTypes

COLUMNS = {
    "name": "NAME",
    "method": "METHOD",
    "expires_in_s": "SECONDS",
    "default_messages": "MESSAGES",
    "rotation_s": "ROTATION",
    "accept_window_s": "WINDOW",
    "number_matching": "NUMBER",
    "disabled": "DISABLED",
}


class AuthenticationTypesDesk:
    """Creates, shows, changes, renames, disables and enables authentication types."""

    def __init__(self, types: ManageAuthenticationTypes, teller: Teller) -> None:
        """Ask `types`, tell it by `teller`."""
        self._types = types
        self._teller = teller

    async def show_all(self) -> None:
        """Show every type."""
        rows = [facts_of_revised(each) for each in await self._types.list_all()]
        empty = "There are no authentication types yet: token-server types create --help"
        self._teller.table(rows, COLUMNS, empty=empty)

    async def create(self, kind: AuthenticationType) -> None:
        """Offer a new type.

        Errors: InvalidParameter, AlreadyExists.
        """
        await self._types.create(TERMINAL, kind)
        await self._tell(kind.name, "is offered")

    async def change(self, name: str, *, messages: dict[str, str | None], **stated: Any) -> None:
        """Change those fields of a type, and those default messages; None takes one away.

        Errors: InvalidParameter, NotFound, ChangedMeanwhile.
        """
        stands = await self._types.get(name)
        texts = {**stands.value.default_messages, **messages}
        kept = {language: text for language, text in texts.items() if text is not None}
        kind = replace(stands.value, default_messages=kept, **stated)
        await self._types.change(TERMINAL, kind, revision=stands.revision)
        await self._tell(name, "is changed")

    async def rename(self, name: str, new_name: str) -> None:
        """Call a type otherwise, and say who still asks for the old name.

        Errors: InvalidParameter, NotFound, AlreadyExists, ChangedMeanwhile.
        """
        stands = await self._types.get(name)
        renamed = await self._types.rename(TERMINAL, name, new_name, revision=stands.revision)
        facts = facts_of_revised(await self._types.get(new_name))
        self._teller.facts({**facts, "used_by": renamed.used_by}, f"{name} is called {new_name} now; {SEEN_SOON}")
        if renamed.used_by:
            clients = ", ".join(renamed.used_by)
            self._teller.sentence(f"These API clients asked for {name} in the last 90 days, and fail now: {clients}")

    async def disable(self, name: str) -> None:
        """Offer a type no more.

        Errors: NotFound, ChangedMeanwhile.
        """
        stands = await self._types.get(name)
        await self._types.disable(TERMINAL, name, revision=stands.revision)
        await self._tell(name, "is disabled")

    async def enable(self, name: str) -> None:
        """Offer a type again.

        Errors: NotFound, ChangedMeanwhile.
        """
        stands = await self._types.get(name)
        await self._types.enable(TERMINAL, name, revision=stands.revision)
        await self._tell(name, "is offered again")

    async def _tell(self, name: str, became: str) -> None:
        self._teller.facts(facts_of_revised(await self._types.get(name)), f"{name} {became}; {SEEN_SOON}")
