"""The two faces of what happens: pages for a browser, and operations for programs.

Apart from the flows, which the command line needs without them.
"""

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
from token_server.app.happenings import Happenings
from token_server.visitors.user_agents import UserAgents


@dataclass(frozen=True)
class HappeningPages:
    """The pages."""

    flows: Happenings
    pages: Pages

    def dashboard(self) -> DashboardPages:
        """Return the first page."""
        return DashboardPages(self.pages, self.flows.dashboard)

    def transactions(self) -> TransactionPages:
        """Return the pages about transactions."""
        return TransactionPages(
            self.pages,
            self.flows.clock,
            self.flows.transactions,
            self.flows.audit.evidence,
            UserAgents(),
            server_key=self.flows.server_key,
        )

    def users(self) -> UserPages:
        """Return the pages about users and devices."""
        return UserPages(self.pages, self.flows.users, self.flows.transactions, self.flows.audit.erase)

    def callback_deliveries(self) -> CallbackDeliveryPages:
        """Return the pages about callbacks."""
        return CallbackDeliveryPages(self.pages, self.flows.deliveries)

    def audit(self) -> AuditPages:
        """Return the pages about the audit trail."""
        audit = self.flows.audit
        return AuditPages(self.pages, audit.search, audit.verify, audit.checkpoints)

    def server_keys(self) -> ServerKeyPages:
        """Return the pages about the server's keys."""
        return ServerKeyPages(self.pages, self.flows.clock, self.flows.server_keys)


@dataclass(frozen=True)
class HappeningOperations:
    """The API's operations."""

    flows: Happenings

    def transactions(self) -> Transactions:
        """Return those about transactions."""
        return Transactions(self.flows.transactions, self.flows.audit.evidence)

    def users(self) -> Users:
        """Return those about users and devices."""
        return Users(self.flows.users, self.flows.audit.erase)

    def callback_deliveries(self) -> Deliveries:
        """Return those about callbacks."""
        return Deliveries(self.flows.deliveries)

    def audit(self) -> Audit:
        """Return those about the audit trail."""
        audit = self.flows.audit
        return Audit(audit.search, audit.verify, audit.checkpoints)

    def server_keys(self) -> Keys:
        """Return those about the server's keys."""
        return Keys(self.flows.server_keys)
