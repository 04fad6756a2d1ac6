"""Everything about one user, for operators."""

from __future__ import annotations

from token_server.database.engine import Reader
from token_server.domain.user_files import UserEnrollment, UserProfile

_PROFILES = """
    SELECT p.profile_id, p.device_id, d.name AS device_name, d.model, d.platform, d.os_version,
           a.name AS application, d.application_version, p.created_at, p.last_login_at, p.removed_at,
           g.scope AS grant_scope, g.created_at AS grant_created_at, g.expires_at AS grant_expires_at
      FROM profiles p
      JOIN devices d ON d.device_id = p.device_id
      JOIN applications a ON a.identifier = d.application_identifier
      LEFT JOIN grants g ON g.profile_id = p.profile_id AND g.revoked_at IS NULL AND g.expires_at > :now
     WHERE p.user_id = :user_id
     ORDER BY CASE WHEN p.removed_at IS NULL THEN 0 ELSE 1 END, p.last_login_at DESC, p.profile_id LIMIT :most"""
_ENROLLMENTS = """
    SELECT e.enrollment_id, e.profile_id, e.device_id, e.device_key_fingerprint,
           k.fingerprint AS server_key_fingerprint, e.created_at, e.revoked_at, e.revoked_because
      FROM enrollments e JOIN server_keys k ON k.server_key_id = e.server_key_id
     WHERE e.user_id = :user_id
     ORDER BY CASE WHEN e.revoked_at IS NULL THEN 0 ELSE 1 END, e.created_at DESC, e.enrollment_id LIMIT :most"""


async def list_profiles(reader: Reader, user_id: str, *, now: int, most: int) -> list[UserProfile]:
    """Return the user's profiles, live ones first, with the log-in that lasts."""
    rows = await reader.all(_PROFILES, user_id=user_id, now=now, most=most)
    return [UserProfile(*[row[name] for name in UserProfile._fields]) for row in rows]


async def list_enrollments(reader: Reader, user_id: str, *, most: int) -> list[UserEnrollment]:
    """Return the user's enrolments, live ones first."""
    rows = await reader.all(_ENROLLMENTS, user_id=user_id, most=most)
    return [UserEnrollment(*[row[name] for name in UserEnrollment._fields]) for row in rows]
