"""A phone presents the one-time code; the first enrolled device to do so gets the transaction."""

from __future__ import annotations

import base64
import secrets
from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.callers import Caller
from token_server.domain.challenges import ClaimRequest, make_challenge_document, make_claim_answer, read_claim
from token_server.domain.enrollments import Enrollment
from token_server.domain.errors import Expired, TransactionNotFound, WrongState
from token_server.domain.transactions import ClaimVerdict, Transaction, judge_claim
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.conversations import FindConversation
from token_server.flows.mobile_authentication.codes import OneTimeCodes
from token_server.flows.mobile_authentication.freshness import refuse_old_signature
from token_server.stores import audit_events, transactions

CHALLENGE_BYTES = 32


class ClaimTransaction:
    """Gives a transaction to the first enrolled device that holds its code."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        conversations: FindConversation,
        codes: OneTimeCodes,
    ) -> None:
        """Record claims in `database`, talk through `conversations`, check `codes`."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._conversations = conversations
        self._codes = codes

    async def claim(self, caller: Caller, body: bytes) -> bytes:
        """Return the sealed challenge document of the transaction that the phone presents the code of.

        The same device gets the same document again. Unknown transactions, wrong codes and foreign claims look alike.
        Errors: FeatureDisabled, NotEnrolled, MessageRefused, TransactionNotFound, Expired, WrongState.
        """
        (await self._configuration.snapshot()).mobile_config.require_mobile_authentication()
        conversation = await self._conversations.of(caller)
        signed = conversation.open(body)
        request = read_claim(signed.content)
        transaction = await transactions.find(self._database.read, request.transaction_id)
        verdict = self._judge(transaction, request, conversation.enrollment)
        if transaction is not None and verdict in {ClaimVerdict.CLAIMED, ClaimVerdict.CLAIMED_AGAIN}:
            refuse_old_signature(signed, transaction)
        story = partial(self._record, request=request, enrollment=conversation.enrollment, transaction=transaction)
        document = await self._database.write(partial(story, verdict=verdict))
        return conversation.seal(make_claim_answer(request.nonce, _or_refuse(*document)))

    def _judge(self, transaction: Transaction | None, request: ClaimRequest, enrollment: Enrollment) -> ClaimVerdict:
        code_matches = self._codes.matches(request.transaction_id, request.otp)
        if transaction is None:
            return ClaimVerdict.UNKNOWN
        return judge_claim(
            transaction.state,
            code_matches=code_matches,
            claimed_by_other=transaction.enrollment_id not in {None, enrollment.enrollment_id},
            is_late=transaction.expires_at <= self._clock.now_ms(),
        )

    async def _record(
        self,
        unit: UnitOfWork,
        *,
        request: ClaimRequest,
        enrollment: Enrollment,
        transaction: Transaction | None,
        verdict: ClaimVerdict,
    ) -> tuple[ClaimVerdict, bytes | None]:
        document = None if transaction is None else transaction.challenge_document
        if transaction is not None and verdict is ClaimVerdict.CLAIMED:
            document = await self._claim(unit, transaction, enrollment)
            if document is None:  # somebody was first, or the time ran out in between: judge by what there is now
                transaction = await transactions.find(unit, transaction.transaction_id)
                verdict = self._judge(transaction, request, enrollment)
                document = None if transaction is None else transaction.challenge_document
        if verdict in {ClaimVerdict.WRONG_CODE, ClaimVerdict.FOREIGN, ClaimVerdict.UNKNOWN}:
            transactions.count_refused_claim(unit, request.transaction_id)
        self._audit(unit, request.transaction_id, enrollment, verdict)
        return verdict, document

    async def _claim(self, unit: UnitOfWork, transaction: Transaction, enrollment: Enrollment) -> bytes | None:
        document = make_challenge_document(_facts(transaction, enrollment))
        claimed = await transactions.claim(
            unit,
            transaction.transaction_id,
            user_id=enrollment.user_id,
            profile_id=enrollment.profile_id,
            device_id=enrollment.device_id,
            enrollment_id=enrollment.enrollment_id,
            challenge_document=document,
            now=self._clock.now_ms(),
        )
        return None if claimed is None else document

    def _audit(self, unit: UnitOfWork, transaction_id: str, enrollment: Enrollment, verdict: ClaimVerdict) -> None:
        audit_events.add(
            unit,
            "transaction_claimed" if verdict is ClaimVerdict.CLAIMED else "claim_refused_or_repeated",
            actor=f"device:{enrollment.device_id}",
            now=self._clock.now_ms(),
            transaction_id=transaction_id,
            user_id=enrollment.user_id,
            device_id=enrollment.device_id,
            verdict=verdict.value,
        )


def _facts(transaction: Transaction, enrollment: Enrollment) -> dict[str, object]:
    context = {"ip_address": transaction.ip_address, "user_agent": transaction.user_agent}
    return {
        "transaction_id": transaction.transaction_id,
        "type": transaction.type,
        "method": transaction.method,
        "message": transaction.secure_message or transaction.message,
        "portal": {"name": transaction.portal_name, "origin": transaction.portal_origin},
        "context": {name: value for name, value in context.items() if value is not None},
        "user_id": enrollment.user_id,
        "profile_id": enrollment.profile_id,
        "enrollment_id": enrollment.enrollment_id,
        "initiated_at": transaction.created_at,
        "expires_at": transaction.expires_at,
        "challenge": base64.b64encode(secrets.token_bytes(CHALLENGE_BYTES)).decode(),
    }


def _or_refuse(verdict: ClaimVerdict, document: bytes | None) -> bytes:
    if verdict is ClaimVerdict.EXPIRED:
        problem = "This mobile authentication request has expired"
        raise Expired(problem)
    if verdict is ClaimVerdict.ANSWERED:
        problem = "This mobile authentication request has been answered"
        raise WrongState(problem)
    if document is None or verdict not in {ClaimVerdict.CLAIMED, ClaimVerdict.CLAIMED_AGAIN}:
        problem = "There is no such mobile authentication request"
        raise TransactionNotFound(problem)
    return document
