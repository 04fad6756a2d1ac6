"""A user registers on this phone with a code that the portal shows (custom registration, one step).

register_user("registration-code") → event initRegistration → submit(code) → event finishRegistration → AuthData

POST /oauth/custom-registration/registration-code/complete {"data": code}
    → 200 {"status": 2000, "oauth_token": {"access_token", "refresh_token", …}, "profile_id", "data"}
"""

from __future__ import annotations

import asyncio
from typing import Any

from sdk_stub import grants
from sdk_stub.errors import Code, SdkError
from sdk_stub.events import CustomRegistration, Event, SdkNotification
from sdk_stub.installations import Installation
from sdk_stub.records import Profile
from sdk_stub.sessions import Session

REGISTRATION_CODE = "registration-code"
IDENTITY_PROVIDERS = [{"id": REGISTRATION_CODE, "name": "Registration code"}]
COMPLETE = f"/oauth/custom-registration/{REGISTRATION_CODE}/complete"


class Registration:
    """The one registration that a phone can have in hand at a time."""

    def __init__(self) -> None:
        self._is_busy = False
        self._wanted: asyncio.Future[str] | None = None

    async def register(self, installation: Installation, scopes: list[str] | None) -> tuple[Session, Event]:
        """Return the new user's session and the AuthData of the contract.

        Errors: SdkError 9007, 9006 (cancelled), 10022 (code refused), 9004, and the generic ones.
        """
        if self._is_busy:
            raise SdkError(Code.ActionAlreadyInProgress, "A registration is already in progress")
        self._is_busy = True
        try:
            code = await self._ask(installation)
            order: dict[str, Any] = {"data": code.strip(), "scope": scopes}
            members = (await grants.tell_as_device(installation, COMPLETE, order)).members()
            session = _welcome(installation, members)
            custom_info = {"status": members.get("status"), "data": members.get("data")}
            _tell(installation, CustomRegistration.FinishRegistration, custom_info)
            return session, {"userProfile": {"id": session.profile_id}, "customInfo": custom_info}
        finally:
            self._is_busy = False

    def submit(self, identity_provider_id: str, token: str | None) -> None:
        """Hand over the code that the user typed or scanned.

        Errors: SdkError 8001, 8009, 8010.
        """
        check_identity_provider(identity_provider_id)
        if token is None:
            raise SdkError(Code.ParametersNotCorrect, 'The "token" param can not be null, expected "string"')
        self._take().set_result(token)

    def cancel(self, message: str) -> None:
        """Give up the running registration; it settles as 9006.

        Errors: SdkError 8010.
        """
        self._take().set_exception(SdkError(Code.ActionCanceled, message))

    def abandon(self, reason: str) -> None:
        """Give up the running registration, if there is one."""
        if self._wanted is not None and not self._wanted.done():
            self.cancel(reason)

    async def _ask(self, installation: Installation) -> str:
        self._wanted = asyncio.get_running_loop().create_future()
        _tell(installation, CustomRegistration.InitRegistration, None)
        try:
            return await self._wanted
        finally:
            self._wanted = None

    def _take(self) -> asyncio.Future[str]:
        if self._wanted is None or self._wanted.done():
            raise SdkError(Code.RegistrationNotInProgress, "Registration is currently not in progress")
        return self._wanted


def check_identity_provider(identity_provider_id: str | None) -> None:
    """Let None (the default one) and the only one pass.

    Errors: SdkError 8001.
    """
    if identity_provider_id not in {None, REGISTRATION_CODE}:
        raise SdkError(Code.IdentityProviderNotFound, "The requested identity provider does not exist")


def _welcome(installation: Installation, members: dict[str, Any]) -> Session:
    profile_id, tokens = grants.text(members, "profile_id"), members.get("oauth_token")
    if not isinstance(tokens, dict):
        raise SdkError(Code.GeneralError, "The server's answer lacks oauth_token")
    access_token = grants.text(tokens, "access_token")
    profiles = installation.store.contents.profiles
    profile = profiles.setdefault(profile_id, Profile(profile_id))
    profile.refresh_token = grants.text(tokens, "refresh_token")
    installation.store.save()
    return Session(installation, profile_id, access_token)


def _tell(installation: Installation, action: CustomRegistration, custom_info: dict[str, Any] | None) -> None:
    event: Event = {"action": action.value, "identityProviderId": REGISTRATION_CODE}
    if custom_info is not None:
        event["customInfo"] = custom_info
    installation.events.emit(SdkNotification.CustomRegistration, event)
