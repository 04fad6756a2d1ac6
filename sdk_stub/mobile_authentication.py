"""Mobile authentication with a scanned code: claim, ask the person, deliver the answer.

    handle(otp) → event startAuthentication → accept or deny → event finishAuthentication → handle settles
                         ▲ event wrongNumber ──────┘

Every start is followed by exactly one finish, whatever happens in between. A wrong number opens the question again.
"""

from __future__ import annotations

import asyncio
import re

from sdk_stub.challenges import Answer, Challenge, Decision
from sdk_stub.conversations import Conversation
from sdk_stub.errors import Code, SdkError
from sdk_stub.events import Event, EventDesk, MobileAuthOtp, SdkNotification
from sdk_stub.otp_strings import OtpString, read_otp_string
from sdk_stub.sessions import Session

NUMBER = re.compile(r"[0-9]{2}")


class MobileAuthentication:
    """The one mobile authentication that a phone can have in hand at a time."""

    def __init__(self, events: EventDesk) -> None:
        self._events = events
        self._is_busy = False
        self._question: asyncio.Future[Answer] | None = None
        self._needs_number = False

    async def handle(self, session: Session, otp: str) -> None:
        """Return when the person accepted and the server confirmed it.

        Errors: SdkError 9021, 10018, 9007 before anything is sent; then 9006 for a denial and what the server says.
        """
        _ = session.enrollment
        scanned = read_otp_string(otp)
        if self._is_busy:
            raise SdkError(Code.ActionAlreadyInProgress, "A mobile authentication is already in progress")
        self._is_busy = True
        try:
            conversation, challenge = await _claim(session, scanned)
        except BaseException:
            self._is_busy = False
            raise
        await self._ask(session, conversation, challenge)

    def answer(self, answer: Answer) -> None:
        """Hand over the person's answer; the open challenge is closed for further ones.

        Errors: SdkError 8013; 8009 for a number that is none or that is missing: the challenge stays open then.
        """
        question = self._question
        if question is None or question.done():
            raise SdkError(Code.MobileAuthNotInProgress, "There is currently no mobile authentication in progress")
        self._check_number(answer)
        self._question = None
        question.set_result(answer)

    def abandon(self, reason: str) -> None:
        """Withdraw the open challenge, if there is one: its `handle` settles as 9006 and the server hears nothing."""
        question, self._question = self._question, None
        if question is not None and not question.done():
            question.set_exception(SdkError(Code.ActionCanceled, reason))

    def _check_number(self, answer: Answer) -> None:
        if answer.number is not None and not NUMBER.fullmatch(answer.number):
            raise SdkError(Code.ParametersNotCorrect, "The number must have two digits, as the portal shows it")
        if self._needs_number and answer.decision is Decision.ACCEPT and answer.number is None:
            raise SdkError(Code.ParametersNotCorrect, "The number that the portal shows is needed to accept")

    async def _ask(self, session: Session, conversation: Conversation, challenge: Challenge) -> None:
        event = challenge.event(MobileAuthOtp.StartAuthentication)
        self._needs_number = challenge.number_required
        try:
            while (tries_left := await conversation.answer(challenge, await self._put(event))) is not None:
                if session.ended:
                    raise SdkError(Code.ActionCanceled, "The user was signed out meanwhile")
                event = challenge.event(MobileAuthOtp.WrongNumber, triesLeft=tries_left)
        finally:
            self._question = None
            self._is_busy = False  # whoever hears the finish may start the next one
            self._events.emit(SdkNotification.MobileAuthOtp, challenge.event(MobileAuthOtp.FinishAuthentication))
            await asyncio.sleep(0)  # async listeners, too, have heard it before this settles

    def _put(self, event: Event) -> asyncio.Future[Answer]:
        """Open the question, then tell the app, which may answer at once."""
        question = self._question = asyncio.get_running_loop().create_future()
        self._events.emit(SdkNotification.MobileAuthOtp, event)
        return question


async def _claim(session: Session, scanned: OtpString) -> tuple[Conversation, Challenge]:
    conversation = await Conversation.open(session)
    challenge = await conversation.claim(scanned)
    if session.ended:
        raise SdkError(Code.ActionCanceled, "The user was signed out meanwhile")
    return conversation, challenge
