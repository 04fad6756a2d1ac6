"""The user accepts or denies; one answer ends the transaction, and the portal's letter is written with it."""

from __future__ import annotations

import hmac
from functools import partial

from token_server.clock import Clock
from token_server.crypto.openpgp import SignedMessage
from token_server.database.engine import Database
from token_server.domain import numbers
from token_server.domain.callers import Caller
from token_server.domain.challenges import AnswerRequest, make_verdict, read_answer
from token_server.domain.errors import Expired, MessageRefused, TransactionNotFound, WrongState
from token_server.domain.transactions import DECIDED_STATE, DenialReason, State, Transaction
from token_server.flows.callbacks import Outbox
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.conversations import FindConversation
from token_server.flows.mobile_authentication import not_me, wrong_numbers
from token_server.flows.mobile_authentication.endings import company
from token_server.flows.mobile_authentication.freshness import refuse_old_signature
from token_server.flows.mobile_authentication.news import TOPIC
from token_server.flows.mobile_authentication.remembered import RememberedTransactions
from token_server.stores import transactions
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
        remembered: RememberedTransactions,
        telemetry: Telemetry,
    ) -> None:
        """Record answers in `database` and tell portals through `outbox`."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._conversations = conversations
        self._outbox = outbox
        self._remembered = remembered
        self._telemetry = telemetry

    async def answer(self, caller: Caller, transaction_id: str, body: bytes) -> bytes:
        """Return the sealed verdict; the same answer again gets the same verdict.

        Errors: FeatureDisabled, NotEnrolled, MessageRefused, TransactionNotFound, Expired, WrongState; OnlyRemembered
        when the caller is and this is not a plain end.
        """
        mobile_config = (await self._configuration.snapshot()).mobile_config
        mobile_config.require_mobile_authentication()
        conversation = await self._conversations.of(caller)
        signed = conversation.open(body)
        request = read_answer(signed.content)
        transaction = await self._claimed_by(caller, conversation.enrollment.enrollment_id, transaction_id)
        refuse_old_signature(signed, transaction)
        ending = self._ending(caller, transaction, request, mobile_config.result_retention_s * 1000)
        number = _wrong_number(transaction, request, ending)
        if number is not None:
            caller.must_stand()
            verdict = await self._count_wrong_number(transaction, ending, number, signed)
        elif _reports_somebody(transaction, ending):
            caller.must_stand()
            verdict = await self._report_not_me(transaction, ending, signed)
        else:
            verdict = await self._end(caller, transaction, ending, signed)
        self._remembered.forget(transaction_id)
        return conversation.seal(verdict)

    async def _claimed_by(self, caller: Caller, enrollment_id: str, transaction_id: str) -> Transaction:
        transaction = await self._remembered.find(caller, transaction_id)
        if transaction is None or transaction.enrollment_id != enrollment_id:
            problem = "There is no such mobile authentication request"
            raise TransactionNotFound(problem)
        return transaction

    def _ending(self, caller: Caller, transaction: Transaction, request: AnswerRequest, retention_ms: int) -> Ending:
        now = self._clock.now_ms()
        return Ending(
            transaction.transaction_id,
            str(transaction.enrollment_id),
            caller.profile_id,
            caller.device_id,
            caller.grant_id,
            caller.session,
            _decide(transaction, request),
            None if request.reason is None else request.reason.value,
            now,
            now + retention_ms,
        )

    async def _end(self, caller: Caller, transaction: Transaction, ending: Ending, signed: SignedMessage) -> bytes:
        transaction_id = ending.transaction_id
        is_asked = ending.state is State.ACCEPTED and transaction.ip_address is not None
        has_ended = await transactions.end(
            self._database,
            ending,
            then=company(transaction, ending, signed.message),
            announcement=(TOPIC, transaction_id),
            unless_reported=is_asked,
        )
        if has_ended:
            self._tell(transaction, ending)
        else:
            caller.must_stand()
            if is_asked:
                await self._withdraw(transaction, ending)
            await self._refuse_unless_repeated(ending)
        return make_verdict(transaction_id, ending.state)

    async def _report_not_me(self, transaction: Transaction, ending: Ending, signed: SignedMessage) -> bytes:
        story = partial(not_me.report, transaction=transaction, ending=ending, signed_answer=signed.message)
        others = await self._database.write(story)
        if others is None:
            await self._refuse_unless_repeated(ending)
        else:
            for ended in (transaction, *others):
                self._tell(ended, ending)
        return make_verdict(ending.transaction_id, ending.state)

    async def _withdraw(self, transaction: Transaction, ending: Ending) -> None:
        """End what was claimed in the very moment in which its user said "not me" about the same stranger.

        For this transaction the guard of the acceptance has found the report; were it anything else, nothing happens.
        """
        withdrawal = ending._replace(state=State.DENIED, reason=DenialReason.NOT_ME.value)
        has_ended = await transactions.end(
            self._database,
            withdrawal,
            then=company(transaction, withdrawal, None),
            announcement=(TOPIC, ending.transaction_id),
        )
        if has_ended:
            self._tell(transaction, withdrawal)

    async def _count_wrong_number(
        self, transaction: Transaction, ending: Ending, number: str, signed: SignedMessage
    ) -> bytes:
        ending = ending._replace(state=State.INVALID, reason=numbers.WRONG_NUMBER)
        story = partial(
            wrong_numbers.count, transaction=transaction, ending=ending, number=number, signed_answer=signed.message
        )
        count = await self._database.write(story)
        if count is None:
            raise _too_late(await transactions.find(self._database.read, ending.transaction_id))
        if count.state is State.CLAIMED:
            return make_verdict(ending.transaction_id, numbers.WRONG_NUMBER, tries_left=count.tries_left)
        if count.is_new:
            self._tell(transaction, ending)
        return make_verdict(ending.transaction_id, ending.state)

    async def _refuse_unless_repeated(self, ending: Ending) -> None:
        transaction = await transactions.find(self._database.read, ending.transaction_id)
        if transaction is None or transaction.state is not ending.state:
            raise _too_late(transaction)

    def _tell(self, transaction: Transaction, ending: Ending) -> None:
        self._outbox.nudge()
        took_ms = ending.now - (transaction.claimed_at or ending.now)
        self._telemetry.transaction_ended(transaction.type, str(ending.state))
        self._telemetry.answered(transaction.type, took_ms / 1000)


def _decide(transaction: Transaction, request: AnswerRequest) -> State:
    """Tell how the transaction ends: what was signed must be what was shown, byte for byte."""
    shown = transaction.challenge_document or b""
    if not hmac.compare_digest(shown, request.challenge_document):
        return State.INVALID
    return DECIDED_STATE[request.decision]


def _wrong_number(transaction: Transaction, request: AnswerRequest, ending: Ending) -> str | None:
    """Return the number with which the user accepts, if it is not the one that the portal shows.

    Errors: MessageRefused with the rule `number` when there is none and one is needed.
    """
    if transaction.number is None or ending.state is not State.ACCEPTED:
        return None
    if request.number is None:
        problem = "To accept this request, the number that the portal shows is needed"
        raise MessageRefused("number", problem)
    return None if hmac.compare_digest(request.number, transaction.number) else request.number


def _reports_somebody(transaction: Transaction, ending: Ending) -> bool:
    """Tell whether "not me" is said about an address; without one there is nobody to tell others apart by."""
    is_said = ending.state is State.DENIED and ending.reason == DenialReason.NOT_ME
    return is_said and transaction.ip_address is not None


def _too_late(transaction: Transaction | None) -> Expired | WrongState:
    if transaction is None or transaction.is_open or transaction.state is State.EXPIRED:
        return Expired("This mobile authentication request has expired")
    return WrongState("This mobile authentication request has been answered")
