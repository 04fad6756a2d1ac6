"""Who can be at the phone's door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from token_server.domain.enrollments import Enrollment


@dataclass(frozen=True)
class Device:
    """One installed app that has shown its credentials; `address` is where it calls from, as far as limits go."""

    device_id: str
    application_identifier: str
    address: str = ""


class Caller(NamedTuple):
    """One user's profile on one device, known by an access token, with its live enrolment if there is one."""

    user_id: str
    profile_id: str
    device_id: str
    grant_id: str
    session: int
    access_token: str
    enrollment: Enrollment | None = None
