"""What operators can do with the audit trail, evidence and users' data; for every face of the admin's desk."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.app.foundation import Foundation
from token_server.flows.audit_checkpoints import ExportCheckpoints
from token_server.flows.audit_search import SearchAuditTrail
from token_server.flows.audit_verification import VerifyAuditTrail
from token_server.flows.evidence import ExportEvidence
from token_server.flows.user_departure import LetUserGo
from token_server.flows.user_erasure import EraseUser


@dataclass(frozen=True)
class AuditFlows:
    """The flows; each takes the operator who asks."""

    search: SearchAuditTrail
    verify: VerifyAuditTrail
    checkpoints: ExportCheckpoints
    evidence: ExportEvidence
    erase: EraseUser


def build_audit(base: Foundation) -> AuditFlows:
    """Return the flows on that foundation."""
    database, clock, key = base.database, base.clock, base.checkpoint_key
    return AuditFlows(
        search=SearchAuditTrail(database, clock),
        verify=VerifyAuditTrail(database, clock, key.public),
        checkpoints=ExportCheckpoints(database, key.public),
        evidence=ExportEvidence(database, clock, key),
        erase=EraseUser(database, clock, key, LetUserGo(database, clock, base.configuration)),
    )
