"""Enrolments: which device key and which server key speak for a profile."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.enrollments import Enrollment

COLUMNS = """e.enrollment_id, e.profile_id, e.device_id, e.user_id, e.device_key, e.device_key_fingerprint,
    e.server_key_id, e.created_at"""

_INSERT = """
    INSERT INTO enrollments (enrollment_id, profile_id, device_id, user_id, device_key, device_key_fingerprint,
                             server_key_id, created_at)
    VALUES (:enrollment_id, :profile_id, :device_id, :user_id, :device_key, :device_key_fingerprint,
            :server_key_id, :created_at)"""
_FIND_LIVE = f"SELECT {COLUMNS} FROM enrollments e WHERE e.profile_id = :profile_id AND e.revoked_at IS NULL"
_FIND = f"SELECT {COLUMNS} FROM enrollments e WHERE e.enrollment_id = :enrollment_id"
_REVOKE_OF_PROFILE = """
    UPDATE enrollments SET revoked_at = :now, revoked_because = :reason
     WHERE profile_id = :profile_id AND revoked_at IS NULL RETURNING enrollment_id, server_key_id"""
_REVOKE_OF_USER_ON_DEVICE = """
    UPDATE enrollments SET revoked_at = :now, revoked_because = :reason
     WHERE user_id = :user_id AND device_id = :device_id AND revoked_at IS NULL
    RETURNING enrollment_id, server_key_id"""
_EXISTS = """
    SELECT 1 AS found FROM enrollments
     WHERE user_id = :user_id AND revoked_at IS NULL
       AND (CAST(:device_id AS TEXT) IS NULL OR device_id = :device_id) LIMIT 1"""


@dataclass(frozen=True)
class RevokedEnrollment:
    """An enrolment that has just ended, and the server key it spoke to."""

    enrollment_id: str
    server_key_id: str


async def insert(unit: UnitOfWork, enrollment: Enrollment) -> None:
    """Remember a new enrolment.

    Errors: AlreadyExists when the profile has a live one.
    """
    await unit.run(_INSERT, **vars(enrollment))


async def find_live(reader: Reader, profile_id: str) -> Enrollment | None:
    """Return the live enrolment of a profile."""
    row = await reader.first(_FIND_LIVE, profile_id=profile_id)
    return None if row is None else from_row(row)


async def find(reader: Reader, enrollment_id: str) -> Enrollment | None:
    """Return the enrolment of that id, ended or not."""
    row = await reader.first(_FIND, enrollment_id=enrollment_id)
    return None if row is None else from_row(row)


async def revoke_of_profile(unit: UnitOfWork, profile_id: str, *, reason: str, now: int) -> list[RevokedEnrollment]:
    """End the live enrolment of a profile, if there is one."""
    rows = await unit.all(_REVOKE_OF_PROFILE, profile_id=profile_id, reason=reason, now=now)
    return [RevokedEnrollment(row["enrollment_id"], row["server_key_id"]) for row in rows]


async def revoke_of_user_on_device(
    unit: UnitOfWork, user_id: str, device_id: str, *, reason: str, now: int
) -> list[RevokedEnrollment]:
    """End the live enrolment of a user on a device, if there is one."""
    rows = await unit.all(_REVOKE_OF_USER_ON_DEVICE, user_id=user_id, device_id=device_id, reason=reason, now=now)
    return [RevokedEnrollment(row["enrollment_id"], row["server_key_id"]) for row in rows]


async def is_enrolled(reader: Reader, user_id: str, device_id: str | None = None) -> bool:
    """Tell whether the user has a live enrolment, on that device if one is named."""
    return await reader.first(_EXISTS, user_id=user_id, device_id=device_id) is not None


def from_row(row: Row) -> Enrollment:
    """Return the enrolment that a row holds under the columns' own names."""
    return Enrollment(
        row["enrollment_id"],
        row["profile_id"],
        row["device_id"],
        row["user_id"],
        bytes(row["device_key"]),
        row["device_key_fingerprint"],
        row["server_key_id"],
        row["created_at"],
    )
