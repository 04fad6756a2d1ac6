"""An operator takes the evidence of one answer out of the house."""

from __future__ import annotations

import hashlib
from functools import partial

from token_server.clock import Clock
from token_server.crypto.checkpoint_keys import CheckpointKey
from token_server.crypto.openpgp.evidence import armor_answer, armor_key
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.audit_chain import Link
from token_server.domain.enrollments import Enrollment
from token_server.domain.errors import NotFound, Unavailable
from token_server.domain.evidence import PURPOSE, EvidenceFile, Statement
from token_server.domain.operators import Operator, Permission
from token_server.domain.transactions import Transaction
from token_server.flows.audit_chain import ChainAuditTrail
from token_server.stores import audit_chain, audit_events, enrollments, transactions

MOST_ATTEMPTS = 5


class ExportEvidence:
    """Puts evidence together and countersigns it."""

    def __init__(self, database: Database, clock: Clock, key: CheckpointKey) -> None:
        """Read `database`, countersign with `key`."""
        self._database = database
        self._clock = clock
        self._key = key
        self._chain = ChainAuditTrail(database, clock, key)

    async def export(self, operator: Operator, transaction_id: str) -> str:
        """Return the text of the evidence file of that transaction.

        Errors: NotAllowed; NotFound when nobody answered it, or it was deleted; Unavailable.
        """
        operator.require(Permission.EXPORT_EVIDENCE)
        read = self._database.read
        transaction = await transactions.find(read, transaction_id)
        answer = await transactions.find_evidence(read, transaction_id)
        if transaction is None or answer is None or transaction.challenge_document is None:
            problem = "There is no evidence of this transaction: nobody answered it, or it was deleted"
            raise NotFound(problem)
        enrollment = await enrollments.find(read, str(transaction.enrollment_id))
        if enrollment is None:
            problem = "The enrolment that answered this transaction is gone"
            raise NotFound(problem)
        link = await self._place_of(transaction)
        await self._database.write(partial(self._note, operator=operator, transaction=transaction))
        statement = self._statement(transaction, link, answer, enrollment)
        return EvidenceFile(
            statement,
            self._key.sign(statement.text),
            armor_answer(answer),
            armor_key(enrollment.device_key),
        ).text

    def _statement(self, transaction: Transaction, link: Link, answer: bytes, enrollment: Enrollment) -> Statement:
        return Statement(
            purpose=PURPOSE,
            transaction_id=transaction.transaction_id,
            client_id=transaction.client_id,
            outcome=transaction.state.value,
            ended_at=transaction.ended_at or 0,
            challenge_document=(transaction.challenge_document or b"").decode(),
            device_key_fingerprint=enrollment.device_key_fingerprint,
            device_key_sha256=hashlib.sha256(enrollment.device_key).hexdigest(),
            signed_answer_sha256=hashlib.sha256(answer).hexdigest(),
            audit_sequence=link.sequence,
            audit_entry_hash=link.entry_hash,
            countersigned_at=self._clock.now_ms(),
            countersigned_by=self._key.public,
        )

    async def _place_of(self, transaction: Transaction) -> Link:
        event = f"transaction_{transaction.state.value}"
        for _ in range(MOST_ATTEMPTS):
            found = await audit_chain.find_chained(self._database.read, transaction.transaction_id, event)
            if found is not None:
                return found.link
            await self._chain.catch_up()  # another server may be faster with a part of what waits
        problem = "The answer has no place in the audit trail yet; try again in a moment"
        raise Unavailable(problem)

    async def _note(self, unit: UnitOfWork, *, operator: Operator, transaction: Transaction) -> None:
        audit_events.add(
            unit,
            "evidence_exported",
            actor=operator.actor,
            now=self._clock.now_ms(),
            transaction_id=transaction.transaction_id,
            user_id=transaction.user_id,
            via=operator.via,
        )
