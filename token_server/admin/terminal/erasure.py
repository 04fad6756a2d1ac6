"""The desk for erasing users: shows what will go, asks, tells what went."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from token_server.admin.terminal.progress import Bar
from token_server.admin.terminal.telling import Teller
from token_server.domain.operators import TERMINAL
from token_server.flows.user_erasure import EraseUser, Survey


class ErasureDesk:
    """Erases a user, once somebody has agreed."""

    def __init__(self, erase: EraseUser, teller: Teller, screen: TextIO) -> None:
        """Ask `erase`, tell it by `teller`; a bar grows on `screen`."""
        self._erase = erase
        self._teller = teller
        self._screen = screen

    async def erase(self, user_id: str, agree: Callable[[], bool]) -> bool:
        """Show what there is of the user, ask `agree`, and erase it; False when there is nothing, or nobody agreed.

        Errors: ChainBroken, Unavailable.
        """
        survey = await self._erase.survey(TERMINAL, user_id)
        if survey.is_empty:
            self._teller.sentence("There is nothing of that user here.")
            return False
        self._show(survey)
        if not agree():
            self._teller.sentence("Nothing was erased.")
            return False
        with Bar("audit trail", self._screen) as bar:
            gone = await self._erase.erase(TERMINAL, user_id, bar)
        self._teller.facts(vars(gone), "Erased. Nothing here names that user any more.")
        return True

    def _show(self, survey: Survey) -> None:
        self._teller.sentence("This will go, for good:")
        for count, what in (
            (survey.profiles, "profiles, with what they are signed in by"),
            (survey.enrollments, "enrolments, with the keys of phones"),
            (len(survey.own_devices), "devices that nobody else uses"),
            (survey.transactions, "transactions: who, where from, what was asked, and the evidence"),
            (survey.registration_codes, "registration codes"),
            (survey.not_me_reports, 'reports "this was not me"'),
            (survey.entries, "names in the audit trail; its entries stay, and its chain holds"),
        ):
            self._teller.sentence(f"{count:>8}  {what}")
