"""The user accepts or denies; one answer ends the transaction, and the portal's letter is written with it."""

from __future__ import annotations

import hmac

from token_server.clock import Clock
from token_server.crypto.openpgp import SignedMessage
from token_server.database.engine import Database, Statement
from token_server.domain.callers import Caller
from token_server.domain.challenges import AnswerRequest, make_verdict, read_answer
from token_server.domain.errors import Expired, TransactionNotFound, WrongState
from token_server.domain.transactions import DECIDED_STATE, State, Transaction
from token_server.flows.callbacks import Outbox
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.conversations import FindConversation
from token_server.flows.mobile_authentication.freshness import refuse_old_signature
from token_server.flows.mobile_authentication.news import TOPIC
from token_server.stores import audit_events, callbacks, transactions
from token_server.stores.transactions import Ending
from token_server.telemetry import Telemetry


class AnswerTransaction:
    """Ends a claimed transaction the way its user decided."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        conversations: FindConversation,
        outbox: Outbox,
        telemetry: Telemetry,
    ) -> None:
        """Record answers in `database` and tell portals through `outbox`."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._conversations = conversations
        self._outbox = outbox
        self._telemetry = telemetry

    async def answer(self, caller: Caller, transaction_id: str, body: bytes) -> bytes:
        """Return the sealed verdict; the same answer again gets the same verdict.

        Errors: FeatureDisabled, NotEnrolled, MessageRefused, TransactionNotFound, Expired, WrongState.
        """
        mobile_config = (await self._configuration.snapshot()).mobile_config
        mobile_config.require_mobile_authentication()
        conversation = await self._conversations.of(caller)
        signed = conversation.open(body)
        request = read_answer(signed.content)
        transaction = await self._claimed_by(conversation.enrollment.enrollment_id, transaction_id)
        refuse_old_signature(signed, transaction)
        state = _decide(transaction, request)
        ending = self._ending(transaction, request, state, mobile_config.result_retention_s * 1000)
        if await self._end(transaction, ending, signed):
            self._tell(transaction, ending)
        else:
            await self._refuse_unless_repeated(transaction_id, state)
        return conversation.seal(make_verdict(transaction_id, state.value))

    async def _claimed_by(self, enrollment_id: str, transaction_id: str) -> Transaction:
        transaction = await transactions.find(self._database.read, transaction_id)
        if transaction is None or transaction.enrollment_id != enrollment_id:
            problem = "There is no such mobile authentication request"
            raise TransactionNotFound(problem)
        return transaction

    def _ending(self, transaction: Transaction, request: AnswerRequest, state: State, retention_ms: int) -> Ending:
        now = self._clock.now_ms()
        reason = None if request.reason is None else request.reason.value
        enrollment_id = str(transaction.enrollment_id)
        return Ending(transaction.transaction_id, enrollment_id, state, reason, now, now + retention_ms)

    async def _end(self, transaction: Transaction, ending: Ending, signed: SignedMessage) -> bool:
        """End it, keep the evidence, write the letter and the event: all of it, or nothing."""
        transaction_id, now = ending.transaction_id, ending.now
        return await transactions.end(
            self._database,
            ending,
            then=(
                transactions.evidence(
                    transaction_id, enrollment_id=ending.enrollment_id, signed_answer=signed.message, now=now
                ),
                _letter(transaction, ending),
                _event(transaction, ending),
            ),
            announcement=(TOPIC, transaction_id),
        )

    async def _refuse_unless_repeated(self, transaction_id: str, state: State) -> None:
        transaction = await transactions.find(self._database.read, transaction_id)
        if transaction is not None and transaction.state is state:
            return
        if transaction is None or transaction.is_open or transaction.state is State.EXPIRED:
            problem = "This mobile authentication request has expired"
            raise Expired(problem)
        problem = "This mobile authentication request has been answered"
        raise WrongState(problem)

    def _tell(self, transaction: Transaction, ending: Ending) -> None:
        self._outbox.nudge()
        took_ms = ending.now - (transaction.claimed_at or ending.now)
        self._telemetry.transaction_ended(transaction.type, ending.state.value)
        self._telemetry.answered(transaction.type, took_ms / 1000)


def _decide(transaction: Transaction, request: AnswerRequest) -> State:
    """Tell how the transaction ends: what was signed must be what was shown, byte for byte."""
    shown = transaction.challenge_document or b""
    if not hmac.compare_digest(shown, request.challenge_document):
        return State.INVALID
    return DECIDED_STATE[request.decision]


def _letter(transaction: Transaction, ending: Ending) -> Statement:
    return callbacks.letter(
        transaction.transaction_id,
        transaction.client_id,
        transaction.callback_uri,
        now=ending.now,
        give_up_at=ending.readable_until,
    )


def _event(transaction: Transaction, ending: Ending) -> Statement:
    detail = {} if ending.reason is None else {"reason": ending.reason}
    return audit_events.entry(
        f"transaction_{ending.state.value}",
        actor=f"device:{transaction.device_id}",
        now=ending.now,
        transaction_id=transaction.transaction_id,
        user_id=transaction.user_id,
        device_id=transaction.device_id,
        **detail,
    )
