"""What operators see of a user: where they are signed in, with which keys, and since when.

Units: every time in milliseconds since 1970 UTC; None means "not (yet)".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from token_server.domain.audit_queries import FoundEntry


class UserProfile(NamedTuple):
    """A user on one device, with the log-in that lasts there (the grant), if there is one."""

    profile_id: str
    device_id: str
    device_name: str
    model: str | None
    platform: str
    os_version: str | None
    application: str
    application_version: str
    created_at: int
    last_login_at: int
    removed_at: int | None
    grant_scope: str | None
    grant_created_at: int | None
    grant_expires_at: int | None


class UserEnrollment(NamedTuple):
    """Which key of a device speaks, or spoke, for the user."""

    enrollment_id: str
    profile_id: str
    device_id: str
    device_key_fingerprint: str
    server_key_fingerprint: str
    created_at: int
    revoked_at: int | None
    revoked_because: str | None


@dataclass(frozen=True)
class UserFile:
    """Everything about one user on one page."""

    user_id: str
    profiles: Sequence[UserProfile]
    enrollments: Sequence[UserEnrollment]
    events: Sequence[FoundEntry]

    @property
    def live_profiles(self) -> list[UserProfile]:
        """The devices that the user is on now."""
        return [each for each in self.profiles if each.removed_at is None]

    @property
    def is_empty(self) -> bool:
        """Whether nobody of that name was ever seen."""
        return not (self.profiles or self.enrollments or self.events)

    def enrollment_on(self, device_id: str) -> UserEnrollment | None:
        """Return the live enrolment on a device."""
        live = (each for each in self.enrollments if each.device_id == device_id and each.revoked_at is None)
        return next(live, None)
