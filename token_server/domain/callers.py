"""Who can be at a door: a portal that signed, a device, a user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from token_server.domain.api_clients import ApiClient
from token_server.domain.enrollments import Enrollment
from token_server.domain.errors import NotAuthenticated


@dataclass(frozen=True)
class SignedIn:
    """A portal that has shown who it is by a signature, and the id of the key that made it."""

    client: ApiClient
    key_id: str


@dataclass(frozen=True)
class Device:
    """One installed app that has shown its credentials; `address` is where it calls from, as far as limits go."""

    device_id: str
    application_identifier: str
    address: str = ""


class OnlyRemembered(Exception):
    """What somebody wants cannot be decided by how they stood when they were last here; nothing has happened yet."""


class Caller(NamedTuple):
    """One user's profile on one device, known by an access token, with its live enrolment if there is one.

    `is_remembered`: that is how they stood when they were last here. Such a caller gets nothing but a change that asks
    again in its own guard; wherever something else would be done or told, OnlyRemembered is raised.
    """

    user_id: str
    profile_id: str
    device_id: str
    grant_id: str
    session: int
    access_token: str
    enrollment: Enrollment | None = None
    is_remembered: bool = False

    def must_stand(self) -> None:
        """Return if it is known how the caller stands now. Errors: OnlyRemembered."""
        if self.is_remembered:
            raise OnlyRemembered


def unknown_client() -> NotAuthenticated:
    """Return the refusal that the vendor documents for a portal's credentials, the same whatever is wrong with them."""
    return NotAuthenticated(
        "Client authentication failed (e.g., unknown client, no client authentication included, "
        "or unsupported authentication method)."
    )
