"""The desk for evidence: told to a person, or to a script."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from token_server.admin.audit_lines import iso_time
from token_server.admin.terminal.printable import printable
from token_server.admin.terminal.telling import Teller
from token_server.domain.evidence import Statement
from token_server.flows.evidence_verification import EvidenceReport


def tell_evidence(teller: Teller, report: EvidenceReport, *, is_key_known: bool) -> None:
    """Tell what a check of a file has found; `is_key_known`: whether somebody said whose key it has to be."""
    stated = None if report.statement is None else report.statement._asdict()
    facts = {"is_good": report.is_good, "findings": report.findings, "statement": stated}
    teller.facts(facts, *_sentences(report, is_key_known=is_key_known))


def _sentences(report: EvidenceReport, *, is_key_known: bool) -> Iterator[str]:
    yield from (f"FOUND   {finding}" for finding in report.findings)
    if not report.is_good or report.statement is None:
        yield "This is NO evidence."
        return
    yield from (f"{name:<14} {printable(value)}" for name, value in _facts(report.statement).items())
    if is_key_known:
        yield "This is evidence."
    else:
        yield "Everything in the file fits together. It is evidence if that countersigner is your server: --server-key."


def _facts(statement: Statement) -> dict[str, str]:
    shown = orjson.loads(statement.challenge_document)
    return {
        "transaction": statement.transaction_id,
        "outcome": f"{statement.outcome} at {iso_time(statement.ended_at)}",
        "user": shown["user_id"],
        "asked by": f"{shown['portal']['name']} ({shown['portal']['origin']})",
        "message": shown["message"],
        "device key": statement.device_key_fingerprint,
        "audit trail": f"entry {statement.audit_sequence}, {statement.audit_entry_hash}",
        "countersigned": f"{iso_time(statement.countersigned_at)} by {statement.countersigned_by}",
    }
