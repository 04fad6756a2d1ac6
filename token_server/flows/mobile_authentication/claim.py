"""A phone presents the one-time code; the first enrolled device to do so gets the transaction."""

from __future__ import annotations

import base64
import secrets
from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database, Statement, UnitOfWork
from token_server.domain.callers import Caller
from token_server.domain.challenges import ClaimRequest, make_challenge_document, make_claim_answer, read_claim
from token_server.domain.enrollments import Enrollment
from token_server.domain.errors import Expired, StaleFrame, TransactionNotFound, WrongState
from token_server.domain.limits import Rule
from token_server.domain.transactions import ClaimVerdict, State, Transaction, judge_claim
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.conversations import FindConversation
from token_server.flows.mobile_authentication.codes import OneTimeCodes
from token_server.flows.mobile_authentication.freshness import refuse_old_signature
from token_server.flows.mobile_authentication.news import TOPIC
from token_server.flows.mobile_authentication.presentation import Presentation, PresentRequest
from token_server.flows.mobile_authentication.remembered import RememberedTransactions
from token_server.flows.rate_limits import RateLimits
from token_server.stores import audit_events, transactions
from token_server.telemetry import Telemetry

CHALLENGE_BYTES = 32
REFUSED = {ClaimVerdict.WRONG_CODE, ClaimVerdict.FOREIGN, ClaimVerdict.UNKNOWN, ClaimVerdict.BARRED}


class ClaimTransaction:
    """Gives a transaction to the first enrolled device that holds its code."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        conversations: FindConversation,
        codes: OneTimeCodes,
        present: PresentRequest,
        *,
        remembered: RememberedTransactions,
        rate_limits: RateLimits,
        telemetry: Telemetry,
    ) -> None:
        """Record claims in `database`, talk through `conversations`, check `codes`, `present` it to the user."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._conversations = conversations
        self._codes = codes
        self._present = present
        self._remembered = remembered
        self._rate_limits = rate_limits
        self._telemetry = telemetry

    async def claim(self, caller: Caller, body: bytes) -> bytes:
        """Return the sealed challenge document of the transaction that the phone presents the code of.

        The same device gets the same document again. Unknown transactions, wrong codes and foreign claims look alike.
        Errors: FeatureDisabled, NotEnrolled, MessageRefused, TransactionNotFound, Expired, StaleFrame, WrongState,
        Limited; OnlyRemembered when the caller is and the transaction is not theirs at once.
        """
        (await self._configuration.snapshot()).mobile_config.require_mobile_authentication()
        self._rate_limits.refuse_if_spent(Rule.WRONG_CODES, caller.device_id)
        conversation = await self._conversations.of(caller)
        signed = conversation.open(body)
        request = read_claim(signed.content)
        enrollment = conversation.enrollment
        transaction = await self._remembered.find(caller, request.transaction_id)
        now = self._clock.now_ms()  # judged and recorded by one reading: no frame grows too old in between
        verdict = self._judge(transaction, request, enrollment, now)
        if transaction is not None and verdict in {ClaimVerdict.CLAIMED, ClaimVerdict.CLAIMED_AGAIN}:
            refuse_old_signature(signed, transaction)
        if transaction is not None and verdict is ClaimVerdict.CLAIMED:
            document = await self._take(transaction, caller, enrollment, now)
            if document is not None:
                return conversation.seal(make_claim_answer(request.nonce, document))
            caller.must_stand()
            # Somebody was first, or something ended in between: judge by what there is now.
            transaction = await transactions.find(self._database.read, request.transaction_id)
            verdict = self._judge(transaction, request, enrollment, self._clock.now_ms())
            if verdict is ClaimVerdict.CLAIMED:  # nobody was: it is this phone that may not
                verdict = ClaimVerdict.BARRED
        caller.must_stand()
        await self._database.write(partial(self._note, request=request, enrollment=enrollment, verdict=verdict))
        if transaction is not None and verdict is ClaimVerdict.STALE_FRAME:
            self._telemetry.stale_frame(transaction.type)
        if verdict in REFUSED or verdict is ClaimVerdict.STALE_FRAME:
            await self._rate_limits.spend(Rule.WRONG_CODES, caller.device_id)
        return conversation.seal(make_claim_answer(request.nonce, _document_or_refusal(verdict, transaction)))

    def _judge(
        self, transaction: Transaction | None, request: ClaimRequest, enrollment: Enrollment, now: int
    ) -> ClaimVerdict:
        code_matches = self._codes.matches(request.transaction_id, request.otp)
        if transaction is None:
            return ClaimVerdict.UNKNOWN
        verdict = judge_claim(
            transaction.state,
            code_matches=code_matches,
            claimed_by_other=transaction.enrollment_id not in {None, enrollment.enrollment_id},
            is_late=transaction.expires_at <= now,
        )
        # Last of all: who does not hold the code has nothing computed for them, who has claimed needs no new frame.
        if verdict is ClaimVerdict.CLAIMED and not self._codes.is_fresh(transaction, request.frame, now):
            return ClaimVerdict.STALE_FRAME
        return verdict

    async def _take(self, transaction: Transaction, caller: Caller, enrollment: Enrollment, now: int) -> bytes | None:
        presentation = await self._present.present(transaction)
        document = make_challenge_document(
            _facts(transaction, enrollment, presentation, self._present.portal(transaction))
        )
        transaction_id = transaction.transaction_id
        claimed = await transactions.claim(
            self._database,
            transaction,
            enrollment,
            document,
            grant_id=caller.grant_id,
            session=caller.session,
            now=now,
            then=(
                _event(transaction_id, enrollment, ClaimVerdict.CLAIMED, now),
                *presentation.events(transaction_id, now=now),
            ),
            announcement=None if transaction.viewed_at is None else (TOPIC, transaction_id),
        )
        if claimed is None:
            return None
        if claimed.is_viewed and transaction.viewed_at is None:
            # A browser began to watch after our look, and may have looked before our claim: nobody else would tell it.
            await self._database.write(partial(_announce, transaction_id=transaction_id))
        self._remembered.keep(_as_claimed(transaction, enrollment, document, now))
        return document

    async def _note(
        self, unit: UnitOfWork, *, request: ClaimRequest, enrollment: Enrollment, verdict: ClaimVerdict
    ) -> None:
        if verdict in REFUSED:
            transactions.count_refused_claim(unit, request.transaction_id)
        if verdict is ClaimVerdict.STALE_FRAME:
            transactions.count_stale_frame(unit, request.transaction_id)
        event = _event(request.transaction_id, enrollment, verdict, self._clock.now_ms())
        unit.later(event.sql, **event.params)


def _as_claimed(transaction: Transaction, enrollment: Enrollment, document: bytes, now: int) -> Transaction:
    return transaction._replace(
        state=State.CLAIMED,
        claimed_at=now,
        user_id=enrollment.user_id,
        profile_id=enrollment.profile_id,
        device_id=enrollment.device_id,
        enrollment_id=enrollment.enrollment_id,
        challenge_document=document,
        sealed_frame_secret=None,
    )


async def _announce(unit: UnitOfWork, *, transaction_id: str) -> None:
    unit.announce(TOPIC, transaction_id)


def _event(transaction_id: str, enrollment: Enrollment, verdict: ClaimVerdict, now: int) -> Statement:
    return audit_events.entry(
        "transaction_claimed" if verdict is ClaimVerdict.CLAIMED else "claim_refused_or_repeated",
        actor=f"device:{enrollment.device_id}",
        now=now,
        transaction_id=transaction_id,
        user_id=enrollment.user_id,
        device_id=enrollment.device_id,
        verdict=verdict,
    )


def _facts(
    transaction: Transaction, enrollment: Enrollment, presentation: Presentation, portal: dict[str, object]
) -> dict[str, object]:
    return {
        "transaction_id": transaction.transaction_id,
        "type": transaction.type,
        "method": transaction.method,
        "message": presentation.message,
        "portal": portal,
        "context": presentation.context,
        "user_id": enrollment.user_id,
        "profile_id": enrollment.profile_id,
        "enrollment_id": enrollment.enrollment_id,
        "initiated_at": transaction.created_at,
        "expires_at": transaction.expires_at,
        "challenge": base64.b64encode(secrets.token_bytes(CHALLENGE_BYTES)).decode(),
        **({} if transaction.number is None else {"number_required": True}),
    }


def _document_or_refusal(verdict: ClaimVerdict, transaction: Transaction | None) -> bytes:
    if verdict is ClaimVerdict.EXPIRED:
        raise Expired("This mobile authentication request has expired")
    if verdict is ClaimVerdict.ANSWERED:
        raise WrongState("This mobile authentication request has been answered")
    if verdict is ClaimVerdict.STALE_FRAME:
        raise StaleFrame("This code has changed meanwhile; scan the one that is shown now")
    document = None if transaction is None else transaction.challenge_document
    if document is None or verdict is not ClaimVerdict.CLAIMED_AGAIN:
        raise TransactionNotFound("There is no such mobile authentication request")
    return document
