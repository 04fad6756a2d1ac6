"""What happens, at the admin's desk: flows that look at it, and their pages and API resources."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.admin.api.audit import Audit
from token_server.admin.api.callback_deliveries import Deliveries
from token_server.admin.api.server_keys import Keys
from token_server.admin.api.transactions import Transactions
from token_server.admin.api.users import Users
from token_server.admin.console.audit import AuditPages
from token_server.admin.console.callback_deliveries import CallbackDeliveryPages
from token_server.admin.console.dashboard import DashboardPages
from token_server.admin.console.pages import Pages
from token_server.admin.console.server_keys import ServerKeyPages
from token_server.admin.console.transactions import TransactionPages
from token_server.admin.console.users import UserPages
from token_server.app.audit import AuditFlows, build_audit
from token_server.app.foundation import Foundation
from token_server.clock import Clock
from token_server.flows.access_tokens import AccessTokens
from token_server.flows.administration.callback_deliveries import ManageDeliveries
from token_server.flows.administration.dashboard import SeeDashboard
from token_server.flows.administration.server_keys import ManageServerKeys
from token_server.flows.administration.transactions import SeeTransactions
from token_server.flows.administration.users import ManageUsers
from token_server.flows.server_keys import ServerKeys
from token_server.visitors.user_agents import UserAgents


@dataclass(frozen=True)
class Happenings:
    """The flows; each takes the operator who asks."""

    clock: Clock
    server_key: str
    audit: AuditFlows
    user_agents: UserAgents
    transactions: SeeTransactions
    deliveries: ManageDeliveries
    users: ManageUsers
    dashboard: SeeDashboard
    server_keys: ManageServerKeys

    def transaction_pages(self, pages: Pages) -> TransactionPages:
        """Return the pages about transactions."""
        return TransactionPages(
            pages,
            self.clock,
            self.transactions,
            self.audit.evidence,
            self.user_agents,
            server_key=self.server_key,
        )

    def user_pages(self, pages: Pages) -> UserPages:
        """Return the pages about users and devices."""
        return UserPages(pages, self.users, self.transactions, self.audit.erase)

    def user_operations(self) -> Users:
        """Return the API's operations about users and devices."""
        return Users(self.users, self.audit.erase)

    def audit_pages(self, pages: Pages) -> AuditPages:
        """Return the pages about the audit trail."""
        return AuditPages(pages, self.audit.search, self.audit.verify, self.audit.checkpoints)

    def audit_operations(self) -> Audit:
        """Return the API's operations about the audit trail."""
        return Audit(self.audit.search, self.audit.verify, self.audit.checkpoints)

    def server_key_pages(self, pages: Pages) -> ServerKeyPages:
        """Return the pages about the server's keys."""
        return ServerKeyPages(pages, self.clock, self.server_keys)

    def server_key_operations(self) -> Keys:
        """Return the API's operations about the server's keys."""
        return Keys(self.server_keys)

    def dashboard_pages(self, pages: Pages) -> DashboardPages:
        """Return the first page."""
        return DashboardPages(pages, self.dashboard)

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
        user_agents=UserAgents(),
        transactions=SeeTransactions(database, audit.search),
        deliveries=ManageDeliveries(database, clock),
        users=ManageUsers(database, clock, audit.search),
        dashboard=SeeDashboard(database, clock, base.configuration),
        server_keys=_server_keys(base),
    )


def _server_keys(base: Foundation) -> ManageServerKeys:
    # For rotation alone: whoever signs tokens sees the new key in the database within ten seconds.
    tokens = AccessTokens(
        base.database,
        base.clock,
        base.sealer,
        issuer=base.settings.server.issuer(),
        lifetime_s=base.settings.mobile_api.access_token_s,
    )
    return ManageServerKeys(base.database, ServerKeys(base.database, base.clock, base.sealer), tokens)
