"""Somebody checks a file of evidence; nothing is needed but the file.

The file brings the server's public key along. Whether that is the server's, only somebody can say who has the key from
elsewhere: every exported checkpoint of the audit trail has it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from token_server.crypto.checkpoint_keys import is_signed
from token_server.crypto.openpgp.evidence import key_fingerprint, read_answer_armor, read_key_armor, signed_content
from token_server.domain.challenges import AnswerRequest, read_answer
from token_server.domain.errors import MessageRefused
from token_server.domain.evidence import PURPOSE, EvidenceFile, Statement, is_document_of, read_evidence_file
from token_server.domain.transactions import DECIDED_STATE, State


@dataclass
class EvidenceReport:
    """What a check of evidence found; `statement` is None when there is none to be read."""

    statement: Statement | None = None
    findings: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify_evidence(text: str, *, server_key: str | None = None) -> EvidenceReport:
    """Return what there is to say about a file; `server_key` is the public key that should have countersigned it."""
    try:
        file = read_evidence_file(text)
        answer, device_key = read_answer_armor(file.signed_answer), read_key_armor(file.device_key)
    except ValueError as error:
        return EvidenceReport(findings=[f"The file cannot be read: {error}"])
    report = EvidenceReport(file.statement)
    _check_statement(report, file, server_key)
    if not is_document_of(file.statement):
        report.findings.append("What was shown is no challenge document of this transaction")
    if hashlib.sha256(answer).hexdigest() != file.statement.signed_answer_sha256:
        report.findings.append("The answer is not the one that the server countersigned")
    if hashlib.sha256(device_key).hexdigest() != file.statement.device_key_sha256:
        report.findings.append("The device's key is not the one that the server countersigned")
    _check_answer(report, file.statement, answer, device_key)
    return report


def _check_statement(report: EvidenceReport, file: EvidenceFile, server_key: str | None) -> None:
    statement = file.statement
    if statement.purpose != PURPOSE:
        report.findings.append("The statement was made for another purpose")
    if not is_signed(statement.text, file.countersignature, statement.countersigned_by):
        report.findings.append("The server's countersignature does not fit the statement")
    if server_key not in (None, statement.countersigned_by):
        report.findings.append("The countersignature is another server's")


def _check_answer(report: EvidenceReport, statement: Statement, answer: bytes, device_key: bytes) -> None:
    try:
        request = read_answer(signed_content(answer, device_key))
    except MessageRefused as error:
        report.findings.append(f"The device's signature does not hold: {error}")
        return
    if key_fingerprint(device_key) != statement.device_key_fingerprint:
        report.findings.append("The device's key has another fingerprint than the server states")
    _check_decision(report, statement, request)


def _check_decision(report: EvidenceReport, statement: Statement, request: AnswerRequest) -> None:
    is_shown = request.challenge_document == statement.challenge_document.encode()
    if statement.outcome == State.INVALID:
        return  # whatever was signed: it was not what was shown, or not with the right number
    if not is_shown:
        report.findings.append("The device did not sign what the server states that it showed")
    if DECIDED_STATE[request.decision].value != statement.outcome:
        report.findings.append("The device did not decide what the server states")
