"""One enrolled profile talking to the server about a transaction, in sealed messages."""

from __future__ import annotations

import asyncio
import secrets

from sdk_stub.challenges import (
    VERDICTS,
    WRONG_NUMBER,
    Answer,
    Challenge,
    Decision,
    answer_content,
    claim_content,
    read_challenge,
    read_verdict,
)
from sdk_stub.errors import Code, SdkError
from sdk_stub.openpgp import DeviceKey, MessageRefused, ServerKey, open_message, seal_message
from sdk_stub.otp_strings import OtpString
from sdk_stub.records import Enrollment
from sdk_stub.sessions import Session
from sdk_stub.transport import OPENPGP, Request, bearer

CLAIM = "/mobile/v1/transactions/claim"
ANSWER = "/mobile/v1/transactions/{}/answer"
NONCE_BYTES = 18


class Conversation:
    """The line of one enrolment: everything said on it is signed by one side and readable by the other alone."""

    def __init__(self, session: Session, enrollment: Enrollment, ours: DeviceKey, theirs: ServerKey) -> None:
        self._session = session
        self._enrollment = enrollment
        self._ours = ours
        self._theirs = theirs

    @classmethod
    async def open(cls, session: Session) -> Conversation:
        """Load the keys of the session's enrolment.

        Errors: SdkError 9021, 9025.
        """
        enrollment = session.enrollment
        try:
            ours = await asyncio.to_thread(DeviceKey.from_secret, enrollment.secret_key_armored)
            theirs = await asyncio.to_thread(ServerKey, enrollment.server_key_armored)
        except MessageRefused as error:
            raise SdkError(Code.UnrecoverableDataState, str(error)) from error
        return cls(session, enrollment, ours, theirs)

    async def claim(self, otp: OtpString) -> Challenge:
        """Present the one-time code and return what the person is asked."""
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        content = await self._exchange(CLAIM, claim_content(otp, nonce))
        return read_challenge(
            content,
            otp=otp,
            nonce=nonce,
            profile_id=self._session.profile_id,
            enrollment_id=self._enrollment.enrollment_id,
        )

    async def answer(self, challenge: Challenge, answer: Answer) -> int | None:
        """Deliver the person's answer; returns None when it was an acceptance and the server took it.

        It returns how many tries are left when the number was wrong, and so nothing has ended.
        Errors: SdkError 9006 for a denial, 10015 when the server found the answer invalid.
        """
        content = answer_content(challenge, answer)
        verdict = read_verdict(
            await self._exchange(ANSWER.format(challenge.transaction_id), content), challenge.transaction_id
        )
        if verdict.word == WRONG_NUMBER and answer.number is not None:
            return verdict.tries_left
        if verdict.word != VERDICTS[answer.decision]:
            raise SdkError(Code.InvalidRequest, "The server did not accept this answer as valid")
        if answer.decision is Decision.DENY:
            raise SdkError(Code.ActionCanceled, "The authentication request was denied")
        return None

    async def _exchange(self, path: str, content: bytes) -> bytes:
        try:
            body = await asyncio.to_thread(seal_message, content, sender=self._ours, receiver=self._theirs)
            answer = await self._session.fetch(lambda token: _sealed(path, token, body))
            return await asyncio.to_thread(open_message, answer.body, receiver=self._ours, sender=self._theirs)
        except MessageRefused as error:
            raise SdkError(Code.GeneralError, f"The server's message cannot be believed: {error}") from error


async def _sealed(path: str, token: str, body: bytes) -> Request:
    return Request("POST", path, bearer(token), body=body, content_type=OPENPGP)
