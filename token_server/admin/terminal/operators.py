"""The desk for operators: the first one is made here, and whoever lost everything is helped here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from token_server.domain.operators import TERMINAL, OperatorRecord, Role
from token_server.flows.administration.operators import Invitation, ManageOperators

MOST = 10_000


class OperatorsDesk:
    """Creates, lists, disables and resets operators; tells it line by line, or as one JSON object a line."""

    def __init__(
        self, operators: ManageOperators, say: Callable[[str], None], *, base_url: str, as_json: bool = False
    ) -> None:
        """Ask `operators`, tell it to `say`; set-up links begin with `base_url`."""
        self._operators = operators
        self._say = say
        self._base_url = base_url
        self._as_json = as_json

    async def create(self, name: str, role: Role) -> None:
        """Make an operator and show the link with which they set up password and second factor.

        Errors: InvalidParameter, AlreadyExists.
        """
        self._show_link(await self._operators.create(TERMINAL, name, role))

    async def disable(self, name: str) -> None:
        """Let an operator in no more.

        Errors: NotFound, ChangedMeanwhile.
        """
        found = await self._operators.get_by_name(TERMINAL, name)
        changed = await self._operators.disable(TERMINAL, found.operator_id, revision=found.revision)
        self._tell(changed, f"{changed.name} is disabled; sessions and access tokens have ended.")

    async def reset_second_factor(self, name: str) -> None:
        """Let an operator start over, by a new link.

        Errors: NotFound, ChangedMeanwhile.
        """
        found = await self._operators.get_by_name(TERMINAL, name)
        self._show_link(await self._operators.reset_second_factor(TERMINAL, found.operator_id, revision=found.revision))

    async def show_all(self) -> None:
        """Show every operator."""
        found = await self._operators.list_page(TERMINAL, most=MOST)
        for each in found:
            self._tell(each, f"{each.name:<32} {each.role:<10} {_state(each)}")
        if not found and not self._as_json:
            self._say("There are no operators yet: token-server admin create NAME --role owner")

    def _show_link(self, invitation: Invitation) -> None:
        link = f"{self._base_url}/set-up/{invitation.link}"
        if self._as_json:
            self._tell(invitation.operator, "", set_up_link=link)
            return
        self._say(f"operator     {invitation.operator.name} ({invitation.operator.role})")
        self._say(f"set-up link  {link}")
        self._say("Open it in a browser within a day. It is shown this once, and good once.")

    def _tell(self, operator: OperatorRecord, sentence: str, **more: str) -> None:
        if not self._as_json:
            self._say(sentence)
            return
        facts: dict[str, Any] = {"operator_id": operator.operator_id, "name": operator.name, "role": operator.role}
        self._say(orjson.dumps({**facts, "state": _state(operator), **more}).decode())


def _state(operator: OperatorRecord) -> str:
    if operator.disabled_at:
        return "disabled"
    return "active" if operator.totp_confirmed_at else "has to set up"
