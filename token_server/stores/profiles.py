"""Profiles: one user on one device."""

from __future__ import annotations

from typing import NamedTuple

from token_server.database.engine import Reader, UnitOfWork
from token_server.domain.enrollments import Enrollment
from token_server.stores.enrollments import COLUMNS, from_row

_SAVE = """
    INSERT INTO profiles (profile_id, device_id, user_id, created_at, last_login_at)
    VALUES (:profile_id, :device_id, :user_id, :now, :now)
    ON CONFLICT (device_id, user_id) WHERE removed_at IS NULL DO UPDATE SET last_login_at = :now
    RETURNING profile_id"""
_TOUCH = "UPDATE profiles SET last_login_at = :now WHERE profile_id = :profile_id AND removed_at IS NULL"
# Changes nothing but locks the row: on PostgreSQL, whoever removes the profile waits, or has been waited for.
_HOLD = "UPDATE profiles SET removed_at = NULL WHERE profile_id = :profile_id AND removed_at IS NULL"
_REMOVE = """
    UPDATE profiles SET removed_at = :now
     WHERE user_id = :user_id AND device_id = :device_id AND removed_at IS NULL RETURNING profile_id"""
_STANDING = f"""
    SELECT p.removed_at, d.deleted_at, g.session, {COLUMNS}
      FROM profiles p
      JOIN devices d ON d.device_id = p.device_id
      LEFT JOIN grants g ON g.grant_id = :grant_id AND g.profile_id = p.profile_id
                        AND g.revoked_at IS NULL AND g.expires_at > :now
      LEFT JOIN enrollments e ON e.profile_id = p.profile_id AND e.revoked_at IS NULL
     WHERE p.profile_id = :profile_id"""
# The same question inside a guard: whether the caller's enrolment, profile, device and grant still stand. Each is asked
# by its own key: from a join, PostgreSQL may pick the wrong one to begin with while it knows little about the tables.
STANDS = """EXISTS (SELECT 1 FROM enrollments e
                    WHERE e.enrollment_id = :enrollment_id AND e.profile_id = :profile_id AND e.revoked_at IS NULL)
       AND EXISTS (SELECT 1 FROM profiles p
                    WHERE p.profile_id = :profile_id AND p.device_id = :device_id AND p.removed_at IS NULL)
       AND EXISTS (SELECT 1 FROM devices d WHERE d.device_id = :device_id AND d.deleted_at IS NULL)
       AND EXISTS (SELECT 1 FROM grants g
                    WHERE g.grant_id = :grant_id AND g.profile_id = :profile_id AND g.session = :session
                      AND g.revoked_at IS NULL AND g.expires_at > :now)"""


class Standing(NamedTuple):
    """Whether a profile, its device, its grant and its enrolment still stand; read at every call of a phone."""

    profile_is_removed: bool
    device_is_deleted: bool
    live_session: int | None
    enrollment: Enrollment | None


async def save(unit: UnitOfWork, profile_id: str, *, device_id: str, user_id: str, now: int) -> str:
    """Return the id of the user's profile on the device, a new one of that id if there was none.

    Errors: AlreadyExists when the id is taken by another profile.
    """
    row = await unit.first(_SAVE, profile_id=profile_id, device_id=device_id, user_id=user_id, now=now)
    if row is None:
        problem = "saving a profile returned nothing"
        raise RuntimeError(problem)
    return str(row["profile_id"])


def note_login(unit: UnitOfWork, profile_id: str, *, now: int) -> None:
    """Note when the user was last seen."""
    unit.later(_TOUCH, profile_id=profile_id, now=now)


async def hold(unit: UnitOfWork, profile_id: str) -> bool:
    """Let nobody else change or remove the profile in this unit of work; False when it is removed."""
    return await unit.run(_HOLD, profile_id=profile_id) == 1


async def remove(unit: UnitOfWork, user_id: str, device_id: str, *, now: int) -> str | None:
    """Remove the user's profile from the device and return its id."""
    row = await unit.first(_REMOVE, user_id=user_id, device_id=device_id, now=now)
    return None if row is None else str(row["profile_id"])


async def find_standing(reader: Reader, profile_id: str, grant_id: str, *, now: int) -> Standing | None:
    """Return how things stand for a profile and its grant, in one question."""
    row = await reader.first(_STANDING, profile_id=profile_id, grant_id=grant_id, now=now)
    if row is None:
        return None
    enrollment = None if row["enrollment_id"] is None else from_row(row)
    return Standing(row["removed_at"] is not None, row["deleted_at"] is not None, row["session"], enrollment)
