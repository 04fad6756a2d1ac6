"""Who is signed in on this phone, and what the server's refusals do to what the phone holds.

A session is one profile with an access token in memory. Every call of a signed-in user goes through `fetch`, so the
consequences of the contract stand in one place: 9002 wipes the phone, 9003 the profile, 9020 the keys; 9010 signs out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sdk_stub import grants
from sdk_stub.errors import Code, SdkError
from sdk_stub.installations import Installation
from sdk_stub.problems import NOT_AUTHENTICATED, Problem, find_problem, to_error
from sdk_stub.records import Enrollment, Profile
from sdk_stub.transport import Answer, Request

MakeRequest = Callable[[str], Awaitable[Request]]


class Session:
    """One signed-in profile, until somebody ends it: the user, or the server by a refusal."""

    def __init__(self, installation: Installation, profile_id: str, access_token: str) -> None:
        self.installation = installation
        self.profile_id = profile_id
        self.access_token = access_token
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether nobody is signed in here any more."""
        return self._ended or self.profile_id not in self.installation.store.contents.profiles

    def end(self) -> None:
        """Sign out, on this phone."""
        self._ended = True

    @property
    def profile(self) -> Profile:
        """What the store holds about this user."""
        return self.installation.store.profile(self.profile_id)

    @property
    def enrollment(self) -> Enrollment:
        """This user's keys.

        Errors: SdkError 9021.
        """
        if self.profile.enrollment is None:
            problem = "This user is not enrolled for mobile authentication on this device"
            raise SdkError(Code.MobileAuthenticationNotEnrolled, problem)
        return self.profile.enrollment

    async def fetch(self, make: MakeRequest) -> Answer:
        """Return the server's successful answer; `make` gets the access token, a fresh one if the first is refused.

        Errors: SdkError, after its consequences.
        """
        if self.ended:
            raise SdkError(Code.UserNotAuthenticated, "This user is no longer signed in")
        token = self.access_token
        answer = await self.installation.transport.send(await make(token))
        problem = find_problem(answer)
        if problem is not None and problem.code == NOT_AUTHENTICATED:
            answer = await self.installation.transport.send(await make(await self._renew(token)))
            problem = find_problem(answer)
        if problem is not None:
            raise self._refused(problem)
        return answer

    async def _renew(self, refused: str) -> str:
        if self.access_token == refused:  # else another call has renewed it meanwhile
            try:
                self.access_token = await grants.renew(self.installation, self.profile_id)
            except SdkError as error:
                self._bear(error)
                raise
        return self.access_token

    def _refused(self, problem: Problem) -> SdkError:
        error = to_error(problem)
        if error.code is Code.MobileAuthenticationNotEnrolled and self.profile.enrollment is not None:
            error = SdkError(Code.UserDisenrolled, "The server ended this device's enrolment; enrol again")
        self._bear(error)
        return error

    def _bear(self, error: SdkError) -> None:
        store = self.installation.store
        if error.code is Code.DeviceDeregistered:
            store.wipe()
        elif error.code is Code.UserDeregistered:
            store.forget_profile(self.profile_id)
        elif error.code is Code.UserDisenrolled:
            self.profile.enrollment = None
            store.save()
        self._ended |= error.code in {Code.DeviceDeregistered, Code.UserDeregistered, Code.UserNotAuthenticated}
