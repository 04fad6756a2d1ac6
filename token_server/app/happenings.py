"""What happens, at the admin's desk: the flows that look at it; their pages and API resources stand beside it."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Happenings:
    """The flows; each takes the operator who asks."""

    clock: Clock
    server_key: str
    audit: AuditFlows
    transactions: SeeTransactions
    deliveries: ManageDeliveries
    users: ManageUsers
    dashboard: SeeDashboard
    server_keys: ManageServerKeys


def build_happenings(base: Foundation) -> Happenings:
    """Return the flows on that foundation."""
    database, clock, audit = base.database, base.clock, build_audit(base)
    return Happenings(
        clock=clock,
        server_key=base.checkpoint_key.public,
        audit=audit,
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
