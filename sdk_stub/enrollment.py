"""A signed-in user enrols this device: our public key out, the server's public key in.

POST   /mobile/v1/enrollments {"public_key": armored, "proof": base64 signature over the access token} → 201
DELETE /mobile/v1/enrollments/current → 204
"""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from sdk_stub.errors import Code, SdkError
from sdk_stub.grants import text
from sdk_stub.openpgp import DeviceKey, MessageRefused, ServerKey
from sdk_stub.records import Enrollment
from sdk_stub.sessions import Session
from sdk_stub.transport import Request, bearer, json_body

UNDECIDED = frozenset({Code.ServerNotReachable, Code.GeneralError, Code.UserNotAuthenticated})
GONE = frozenset({Code.UserDisenrolled, Code.MobileAuthenticationNotEnrolled})


async def enroll(session: Session) -> None:
    """Exchange keys with the server; they are on the disk when this returns.

    A key whose answer got lost is offered again next time, so both sides end up with the same one.
    Errors: SdkError 9010, 9016, 9017 and the generic ones; the keys enrolled before stay as they are.
    """
    key = await _key_on_offer(session)
    try:
        answer = await session.fetch(lambda token: _offer(key, token))
    except SdkError as error:
        if error.code not in UNDECIDED:
            _forget_offer(session)
        raise
    try:
        enrollment = await asyncio.to_thread(_read, answer.members(), key, session.profile_id)
    except MessageRefused as error:
        raise SdkError(Code.GeneralError, f"The server's enrolment cannot be used: {error}") from error
    session.profile.enrollment = enrollment
    session.profile.pending_key_armored = None
    session.installation.store.save()


async def disenroll(session: Session) -> None:
    """End the enrolment on both sides; when the server has ended it already, that is fine too."""

    async def leave(token: str) -> Request:
        return Request("DELETE", "/mobile/v1/enrollments/current", bearer(token))

    try:
        await session.fetch(leave)
    except SdkError as error:
        if error.code not in GONE:
            raise
    session.profile.enrollment = None
    session.installation.store.save()


async def _key_on_offer(session: Session) -> DeviceKey:
    profile = session.profile
    try:
        if profile.pending_key_armored is not None:
            return await asyncio.to_thread(DeviceKey.from_secret, profile.pending_key_armored)
        key = await asyncio.to_thread(DeviceKey.generate)
    except MessageRefused as error:
        raise SdkError(Code.UnrecoverableDataState, str(error)) from error
    profile.pending_key_armored = key.secret_armored
    session.installation.store.save()
    return key


async def _offer(key: DeviceKey, access_token: str) -> Request:
    proof = await asyncio.to_thread(key.prove, access_token.encode("ascii"))
    offer = {"public_key": key.public_armored, "proof": base64.b64encode(proof).decode()}
    return Request("POST", "/mobile/v1/enrollments", bearer(access_token), **json_body(offer))


def _read(members: dict[str, Any], key: DeviceKey, profile_id: str) -> Enrollment:
    server_key = ServerKey(text(members, "server_public_key"))
    if server_key.fingerprint != text(members, "server_key_fingerprint").upper():
        raise MessageRefused("the server's key is not the one it names")
    if key.fingerprint != text(members, "device_key_fingerprint").upper():
        raise MessageRefused("the server enrolled another key than ours")
    if profile_id != text(members, "profile_id"):
        raise MessageRefused("the server enrolled another user than ours")
    return Enrollment(text(members, "enrollment_id"), key.secret_armored, text(members, "server_public_key"))


def _forget_offer(session: Session) -> None:
    profile = session.installation.store.contents.profiles.get(session.profile_id)
    if profile is not None:
        profile.pending_key_armored = None
        session.installation.store.save()
