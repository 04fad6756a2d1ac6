"""The SDK as an app sees it: every method of the React Native contract that the OTP flow needs, in snake case.

    sdk = OneWelcomeSdk(Settings("https://login.example", "my-app", "1.0", Path("phone.json")))
    await sdk.start_client()
    sdk.add_event_listener(SdkNotification.MobileAuthOtp, show_or_hide)
    await sdk.authenticate_user("ABC123")
    await sdk.handle_mobile_auth_with_otp(scanned_text)     # settles after accept_… or deny_mobile_auth_confirmation

A rejected promise is a raised `SdkError`. Left out on purpose, because nothing here would stand behind them: PIN
(`submitPin`, `changePin`, `cancelPin…`), fingerprint and authenticator methods, browser registration
(`getRedirectUri`, `handleRegistrationCallback`, `cancelBrowserRegistration`), implicit authentication, resource calls,
single sign-on. `authenticate_user` needs no PIN: the refresh token in the store stands for it. Ours, beyond the
contract: `close`, `is_user_enrolled_for_mobile_auth`, `disenroll_mobile_authentication`, the reason of a denial, the
number of an acceptance and its event `wrongNumber`, `fetch_portal_logo`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from sdk_stub import deregistration, enrollment, grants
from sdk_stub.challenges import Answer, Decision
from sdk_stub.errors import Code, SdkError
from sdk_stub.events import Event, EventDesk, Listener, SdkNotification, Subscription
from sdk_stub.installations import Installation, switch_on
from sdk_stub.logos import fetch_logo
from sdk_stub.mobile_authentication import MobileAuthentication
from sdk_stub.registration import IDENTITY_PROVIDERS, Registration, check_identity_provider
from sdk_stub.sessions import Session
from sdk_stub.settings import Settings

DENIAL_REASONS = frozenset({None, "not_me", "changed_my_mind"})


class OneWelcomeSdk:
    """One app on one phone. Nothing but listeners before `start_client`: 8020."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._events = EventDesk()
        self._registration = Registration()
        self._mobile_authentication = MobileAuthentication(self._events)
        self._installation: Installation | None = None
        self._session: Session | None = None
        self._is_enrolling = False

    async def __aenter__(self) -> Self:
        await self.start_client()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # Start and listen.

    async def start_client(self) -> None:
        """Open the store and the line to the server; starting twice is starting once.

        Errors: SdkError 8002, 8014, 9024, 9025.
        """
        if self._installation is None:
            self._installation = switch_on(self._settings, self._events)

    async def close(self) -> None:
        """Switch the phone off; open questions settle as 9006, and another process may have the store."""
        installation, self._installation = self._installation, None
        self._end_session("The app was closed")
        self._registration.abandon("The app was closed")
        if installation is not None:
            await installation.close()

    def add_event_listener(self, event_type: SdkNotification | str, callback: Listener) -> Subscription:
        """Call back for every event of a type until the subscription is removed; async functions are welcome."""
        return self._events.add(SdkNotification(event_type), callback)

    # Users.

    async def get_identity_providers(self) -> list[dict[str, str]]:
        """Return the ways to register, as `{id, name}`."""
        self._started()
        return [dict(provider) for provider in IDENTITY_PROVIDERS]

    async def register_user(self, identity_provider_id: str | None, scopes: list[str] | None = None) -> Event:
        """Register a user by the code that `submit_custom_registration_action` brings; they are signed in then.

        Errors: SdkError 8001, 9004, 9006, 9007, 10022.
        """
        installation = self._started()
        check_identity_provider(identity_provider_id)
        session, auth_data = await self._registration.register(installation, scopes)
        self._end_session("Another user was registered")
        self._session = session
        return auth_data

    async def submit_custom_registration_action(self, identity_provider_id: str, token: str | None) -> None:
        """Answer `initRegistration` with the registration code.

        Errors: SdkError 8001, 8009, 8010.
        """
        self._started()
        self._registration.submit(identity_provider_id, token)

    async def cancel_custom_registration(self, message: str) -> None:
        """Give up the registration that waits for its code.

        Errors: SdkError 8010.
        """
        self._started()
        self._registration.cancel(message)

    async def get_user_profiles(self) -> list[dict[str, str]]:
        """Return the users of this phone, as `{id}`."""
        return [{"id": profile_id} for profile_id in self._started().store.contents.profiles]

    async def authenticate_user(self, profile_id: str, authenticator_id: str | None = None) -> Event:
        """Sign a registered user in.

        Errors: SdkError 8006, 8007, 9010 (register again), 9003, 9002, 9004 (this version of the app is too old).
        """
        installation = self._started()
        installation.store.profile(profile_id)
        if authenticator_id is not None:
            raise SdkError(Code.AuthenticatorDoesNotExist, "The requested authenticator does not exist")
        access_token = await grants.renew(installation, profile_id)
        self._end_session("Another user was signed in")
        self._session = Session(installation, profile_id, access_token)
        return {"userProfile": {"id": profile_id}}

    async def get_authenticated_user_profile(self) -> dict[str, str]:
        """Return who is signed in, as `{id}`.

        Errors: SdkError 8012.
        """
        return {"id": self._signed_in().profile_id}

    async def get_access_token(self) -> str:
        """Return the signed-in user's access token, which the server may meanwhile have let expire.

        Errors: SdkError 8012.
        """
        return self._signed_in().access_token

    async def logout(self) -> None:
        """End the log-in session; the user can sign in again.

        Errors: SdkError 8012; 10009 when the server could not be told.
        """
        session = self._signed_in()
        self._end_session("The user was logged out")
        try:
            await grants.end_session(session.installation, session.access_token)
        except SdkError as error:
            if error.code is Code.DeviceDeregistered:
                raise
            problem = f"Logged out on this device only; the server was not informed: {error.message}"
            raise SdkError(Code.LocalLogout, problem) from error

    async def deregister_user(self, profile_id: str) -> None:
        """Remove a user from this phone and from the server.

        Errors: SdkError 8007, 9002; 10003 when the server could not be told.
        """
        installation, session = self._started(), self._session
        own = session if session is not None and session.profile_id == profile_id else None
        try:
            await deregistration.deregister(installation, profile_id, own)
        finally:
            if own is not None and profile_id not in installation.store.contents.profiles:
                self._end_session("The user was removed")

    # Mobile authentication.

    async def enroll_mobile_authentication(self) -> None:
        """Exchange keys for the signed-in user; enrolling again asks the server for new ones.

        Errors: SdkError 9010, 9016, 9017, 9007.
        """
        session = self._signed_in(Code.UserNotAuthenticated)
        if self._is_enrolling:
            raise SdkError(Code.ActionAlreadyInProgress, "An enrolment is already in progress")
        self._is_enrolling = True
        try:
            await enrollment.enroll(session)
        finally:
            self._is_enrolling = False

    async def is_user_enrolled_for_mobile_auth(self, profile_id: str) -> bool:
        """Tell whether a user's keys are on this phone (Android and iOS have this; React Native does not).

        Errors: SdkError 8007.
        """
        return self._started().store.profile(profile_id).enrollment is not None

    async def disenroll_mobile_authentication(self) -> None:
        """End the signed-in user's enrolment on this phone and on the server (ours; the vendor has no such method).

        Errors: SdkError 8012.
        """
        await enrollment.disenroll(self._signed_in())

    async def handle_mobile_auth_with_otp(self, otp_code: str | None) -> None:
        """Take a scanned text, ask the person, and return when they accepted and the server confirmed it.

        Errors: SdkError 8012, 8009, 9021, 10018, 9007; 9006 for a denial; 9010, 9020, 10013, 10015, 9001 and more.
        """
        session = self._signed_in()
        if otp_code is None:
            raise SdkError(Code.ParametersNotCorrect, 'The "otpCode" param can not be null, expected "string"')
        await self._mobile_authentication.handle(session, otp_code)

    async def accept_mobile_auth_confirmation(self, number: str | None = None) -> None:
        """Hand over a yes and return at once; what the server says settles `handle_mobile_auth_with_otp`.

        With `numberRequired` the two digits that the portal shows go along; if they are wrong, the event `wrongNumber`
        tells the `triesLeft`, and the challenge waits for another answer.
        Errors: SdkError 8013; 8009 for a number that is missing or none.
        """
        self._started()
        self._mobile_authentication.answer(Answer(Decision.ACCEPT, number=number))

    async def deny_mobile_auth_confirmation(self, reason: str | None = None) -> None:
        """Hand over a no, with `not_me` or `changed_my_mind` if the person says so, and return at once.

        Errors: SdkError 8013, 8009.
        """
        self._started()
        if reason not in DENIAL_REASONS:
            raise SdkError(Code.ParametersNotCorrect, "The reason must be not_me or changed_my_mind")
        self._mobile_authentication.answer(Answer(Decision.DENY, reason))

    async def fetch_portal_logo(self, portal: Mapping[str, Any]) -> bytes | None:
        """Return the logo of an event's `portal`, a PNG; None when it has none. Ours, beside the contract.

        It is the picture that the challenge names by its hash, or none: what is shown is what is signed.
        """
        return await fetch_logo(self._started().transport, portal)

    # What the invariants rest on.

    def _started(self) -> Installation:
        if self._installation is None:
            raise SdkError(Code.SdkNotStarted, "The SDK has not been started, use startClient to start it")
        return self._installation

    def _signed_in(self, code: Code = Code.NoProfileAuthenticated) -> Session:
        self._started()
        if self._session is None or self._session.ended:
            raise SdkError(code, "No profile is currently authenticated")
        return self._session

    def _end_session(self, reason: str) -> None:
        if self._session is not None:
            self._session.end()
        self._session = None
        self._mobile_authentication.abandon(reason)
