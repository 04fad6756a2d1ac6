"""Callback deliveries: who was told, who was not, and telling them once more.

GET  /callbacks?state=                    newest first, renewed by itself
POST /callbacks/{transaction_id}/retry    then the story of the transaction
"""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from token_server.admin.console.doors import Page
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit
from token_server.domain.callbacks import DeliveryFilter, DeliveryState
from token_server.domain.operators import Permission
from token_server.flows.administration.callback_deliveries import LATEST, ManageDeliveries
from token_server.web.queries import asked_number, asked_text, asked_word

PAGE = 50
STATES = {
    DeliveryState.WAITING: ("Waiting", "note"),
    DeliveryState.DELIVERED: ("Delivered", "good"),
    DeliveryState.GIVEN_UP: ("Given up", "bad"),
}
FILTERS = [
    (DeliveryFilter.ALL, "All"),
    (DeliveryFilter.FAILED, "Failed"),
    (DeliveryFilter.WAITING, "Waiting"),
    (DeliveryFilter.DELIVERED, "Delivered"),
    (DeliveryFilter.GIVEN_UP, "Given up"),
]


class CallbackDeliveryPages:
    """The list of callbacks."""

    def __init__(self, pages: Pages, deliveries: ManageDeliveries) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._deliveries = deliveries

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page("GET", "/callbacks", self.list, Permission.SEE_CALLBACK_DELIVERIES),
            Page(
                "POST",
                "/callbacks/{transaction_id:[A-Za-z0-9_-]+}/retry",
                self.retry,
                Permission.RETRY_CALLBACKS,
            ),
        ]

    async def list(self, visit: Visit) -> web.Response:
        """List callbacks, newest first.

        Errors: InvalidParameter.
        """
        request = visit.request
        which = asked_word(request, "state", DeliveryFilter, DeliveryFilter.ALL)
        before, before_id = asked_number(request, "before"), asked_text(request, "before_id")
        found = await self._deliveries.page(
            visit.operator,
            which,
            before=LATEST if before is None else before,
            before_id=before_id or "",
            most=PAGE + 1,
        )
        following = ""
        if len(found) > PAGE:
            last = found[PAGE - 1]
            place = {"state": which.value, "before": last.created_at, "before_id": last.transaction_id}
            following = f"/callbacks?{urlencode(place)}"
        return self._pages.show(
            visit,
            "callback_deliveries.html",
            deliveries=found[:PAGE],
            states=STATES,
            filters=FILTERS,
            which=which,
            first=f"/callbacks?state={which}" if before is not None else "",
            following=following,
        )

    async def retry(self, visit: Visit) -> web.Response:
        """Make a callback due at once.

        Errors: NotFound.
        """
        transaction_id = visit.named("transaction_id")
        await self._deliveries.retry(visit.operator, transaction_id)
        return visit.go(f"/transactions/{transaction_id}", "The portal is called again.")
