"""What happens, at the admin's desk: flows that look at it, and their pages and API resources."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.admin.api.callback_deliveries import Deliveries
from token_server.admin.api.transactions import Transactions
from token_server.admin.console.callback_deliveries import CallbackDeliveryPages
from token_server.admin.console.pages import Pages
from token_server.admin.console.transactions import TransactionPages
from token_server.app.audit import AuditFlows, build_audit
from token_server.app.foundation import Foundation
from token_server.clock import Clock
from token_server.flows.administration.callback_deliveries import ManageDeliveries
from token_server.flows.administration.transactions import SeeTransactions


@dataclass(frozen=True)
class Happenings:
    """The flows; each takes the operator who asks."""

    clock: Clock
    server_key: str
    audit: AuditFlows
    transactions: SeeTransactions
    deliveries: ManageDeliveries

    def transaction_pages(self, pages: Pages) -> TransactionPages:
        """Return the pages about transactions."""
        return TransactionPages(pages, self.clock, self.transactions, self.audit.evidence, server_key=self.server_key)

    def callback_delivery_pages(self, pages: Pages) -> CallbackDeliveryPages:
        """Return the pages about callbacks."""
        return CallbackDeliveryPages(pages, self.deliveries)

    def transaction_operations(self) -> Transactions:
        """Return the API's operations about transactions."""
        return Transactions(self.transactions, self.audit.evidence)

    def delivery_operations(self) -> Deliveries:
        """Return the API's operations about callbacks."""
        return Deliveries(self.deliveries)


def build_happenings(base: Foundation) -> Happenings:
    """Return the flows on that foundation."""
    database, clock, audit = base.database, base.clock, build_audit(base)
    return Happenings(
        clock=clock,
        server_key=base.checkpoint_key.public,
        audit=audit,
        transactions=SeeTransactions(database, audit.search),
        deliveries=ManageDeliveries(database, clock),
    )
