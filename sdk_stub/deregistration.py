"""A user leaves this phone: the grant, the enrolment and the profile go, here and on the server.

DELETE /mobile/v1/profile → 204
"""

from __future__ import annotations

from sdk_stub import grants
from sdk_stub.errors import Code, SdkError
from sdk_stub.installations import Installation
from sdk_stub.sessions import Session
from sdk_stub.transport import Request, bearer

UNINFORMED = frozenset({Code.ServerNotReachable, Code.GeneralError, Code.UserNotAuthenticated})


async def deregister(installation: Installation, profile_id: str, session: Session | None) -> None:
    """Remove the profile; `session` is the user's own if they are signed in.

    Errors: SdkError 8007; 10003 when it is gone here but the server could not be told; 9002.
    """
    installation.store.profile(profile_id)
    try:
        if session is None:
            session = Session(installation, profile_id, await grants.renew(installation, profile_id))
        await session.fetch(_leave)
    except SdkError as error:
        if error.code in UNINFORMED:
            installation.store.forget_profile(profile_id)
            problem = f"The user was removed from this device only; the server was not informed: {error.message}"
            raise SdkError(Code.LocalDeregistration, problem) from error
        if error.code is not Code.UserDeregistered:
            raise
    installation.store.forget_profile(profile_id)


async def _leave(token: str) -> Request:
    return Request("DELETE", "/mobile/v1/profile", bearer(token))
