"""A test call to a callback endpoint, and how it went.

GET, POST /callback-endpoints/test?uri=…
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.console.callback_endpoints import HOME
from token_server.admin.console.doors import Page
from token_server.admin.console.pages import UNPROCESSABLE, Pages
from token_server.admin.console.visits import Visit
from token_server.domain.callbacks import Trial, is_success
from token_server.domain.errors import InvalidParameter
from token_server.domain.operators import Permission
from token_server.flows.administration.callback_trials import TryEndpoint

# What a result that is no status of HTTP means for an admin.
REASONS = {
    "address refused": "The address is private or loopback, or its name leads to one. Allow its network in "
    "callbacks.private_networks if it is meant.",
    "timeout": "There was no answer in time.",
    "name not found": "The name of the host is not known.",
    "certificate refused": "The certificate is not one that this server trusts.",
    "signing secret missing": "The API client has no callback secret: rotate it.",
    "signing secret unreadable": "The API client's callback secret cannot be opened: rotate it.",
    "password unreadable": "The endpoint's password cannot be opened: set it again.",
}


class CallbackTrialPages:
    """The page that makes test calls."""

    def __init__(self, pages: Pages, trials: TryEndpoint) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._trials = trials

    def pages(self) -> list[Page]:
        """Return the pages."""
        change = Permission.CHANGE_MOBILE_AUTHENTICATION
        return [Page("GET", f"{HOME}/test", self.ask, change), Page("POST", f"{HOME}/test", self.test, change)]

    async def ask(self, visit: Visit) -> web.Response:
        """Ask for whom the call is to be signed.

        Errors: NotFound.
        """
        return await self._page(visit)

    async def test(self, visit: Visit) -> web.Response:
        """Make the call and show how it went.

        Errors: NotFound, Limited.
        """
        try:
            trial = await self._trials.try_out(visit.operator, visit.asked("uri"), visit.form.text("client_id"))
        except InvalidParameter as error:
            visit.form.note(error)
            return await self._page(visit, status=UNPROCESSABLE)
        return await self._page(visit, trial)

    async def _page(self, visit: Visit, trial: Trial | None = None, status: int = 200) -> web.Response:
        uri = visit.asked("uri")
        return self._pages.show(
            visit,
            "callback_trial.html",
            status=status,
            uri=uri,
            signers=await self._trials.signers(visit.operator, uri),
            trial=trial,
            is_delivered=trial is not None and is_success(trial.result),
            meaning=meaning_of(trial.result) if trial else "",
            home=HOME,
        )


def meaning_of(result: str) -> str:
    """Return what a result means, in a sentence."""
    if is_success(result):
        return "The endpoint took the call."
    if result.isdigit():
        return "The endpoint did not take the call." + (" Redirects are not followed." if result[0] == "3" else "")
    return REASONS.get(result, "The endpoint could not be reached.")
