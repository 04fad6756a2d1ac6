"""Mobile authentication with a scanned code: claim, ask the person, deliver the answer.

    handle(otp) → event startAuthentication → accept or deny → event finishAuthentication → handle settles

Every start is followed by exactly one finish, whatever happens in between.
"""

from __future__ import annotations

import asyncio

from sdk_stub.challenges import Answer, Challenge
from sdk_stub.conversations import Conversation
from sdk_stub.errors import Code, SdkError
from sdk_stub.events import EventDesk, MobileAuthOtp, SdkNotification
from sdk_stub.otp_strings import OtpString, read_otp_string
from sdk_stub.sessions import Session


class MobileAuthentication:
    """The one mobile authentication that a phone can have in hand at a time."""

    def __init__(self, events: EventDesk) -> None:
        self._events = events
        self._is_busy = False
        self._question: asyncio.Future[Answer] | None = None

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
        await self._ask(conversation, challenge)

    def answer(self, answer: Answer) -> None:
        """Hand over the person's answer; the open challenge is closed for further ones.

        Errors: SdkError 8013.
        """
        question, self._question = self._question, None
        if question is None or question.done():
            raise SdkError(Code.MobileAuthNotInProgress, "There is currently no mobile authentication in progress")
        question.set_result(answer)

    def abandon(self, reason: str) -> None:
        """Withdraw the open challenge, if there is one: its `handle` settles as 9006 and the server hears nothing."""
        question, self._question = self._question, None
        if question is not None and not question.done():
            question.set_exception(SdkError(Code.ActionCanceled, reason))

    async def _ask(self, conversation: Conversation, challenge: Challenge) -> None:
        question = self._question = asyncio.get_running_loop().create_future()
        self._events.emit(SdkNotification.MobileAuthOtp, challenge.event(MobileAuthOtp.StartAuthentication))
        try:
            await conversation.answer(challenge, await question)
        finally:
            self._question = None
            self._is_busy = False  # whoever hears the finish may start the next one
            self._events.emit(SdkNotification.MobileAuthOtp, challenge.event(MobileAuthOtp.FinishAuthentication))
            await asyncio.sleep(0)  # async listeners, too, have heard it before this settles


async def _claim(session: Session, scanned: OtpString) -> tuple[Conversation, Challenge]:
    conversation = await Conversation.open(session)
    challenge = await conversation.claim(scanned)
    if session.ended:
        raise SdkError(Code.ActionCanceled, "The user was signed out meanwhile")
    return conversation, challenge
