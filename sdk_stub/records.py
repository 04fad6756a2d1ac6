"""What a phone remembers, as plain data: its device, its users, and their keys."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

VERSION = 1


@dataclass(frozen=True)
class Device:
    """This installed app as the server knows it; the secret authenticates it at the token endpoint."""

    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Enrollment:
    """One profile's key exchange: our private key, and the server's public one that we believe."""

    enrollment_id: str
    secret_key_armored: str
    server_key_armored: str


@dataclass
class Profile:
    """One user on this device.

    `refresh_token` is None when the server ended the grant; `pending_key_armored` is a key that was offered to the
    server while no answer has come back: the next enrolment offers the same one, so a lost answer costs nothing.
    """

    profile_id: str
    refresh_token: str | None = None
    enrollment: Enrollment | None = None
    pending_key_armored: str | None = None


@dataclass
class Contents:
    """Everything in the store; `server` and `application_identifier` say whom it belongs to."""

    server: str | None = None
    application_identifier: str | None = None
    device: Device | None = None
    profiles: dict[str, Profile] = field(default_factory=dict)


def to_json(contents: Contents) -> dict[str, Any]:
    """Return the contents as JSON can hold them."""
    return {"version": VERSION, **asdict(contents)}


def from_json(members: dict[str, Any]) -> Contents:
    """Return what `to_json` was given.

    Errors: ValueError, TypeError, LookupError when it was something else.
    """
    if members["version"] != VERSION:
        raise ValueError("the store was written by another version of this program")
    return Contents(
        server=members["server"],
        application_identifier=members["application_identifier"],
        device=Device(**members["device"]) if members["device"] else None,
        profiles={profile_id: _profile(profile) for profile_id, profile in members["profiles"].items()},
    )


def _profile(members: dict[str, Any]) -> Profile:
    enrollment = members["enrollment"]
    return Profile(**{**members, "enrollment": Enrollment(**enrollment) if enrollment else None})
