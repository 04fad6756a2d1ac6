"""Grants: what access and refresh tokens are issued under."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork

_COLUMNS = "g.grant_id, g.profile_id, g.device_id, g.scope, g.generation, g.rotated_at, g.session, g.expires_at"

_INSERT = """
    INSERT INTO grants (grant_id, profile_id, device_id, scope, generation, rotated_at, session, created_at, expires_at)
    VALUES (:grant_id, :profile_id, :device_id, :scope, 0, :now, 0, :now, :expires_at)"""
_FIND_LIVE = f"""
    SELECT {_COLUMNS}, p.user_id FROM grants g JOIN profiles p ON p.profile_id = g.profile_id
     WHERE g.grant_id = :grant_id AND g.revoked_at IS NULL AND g.expires_at > :now"""
_OF_REMOVED_PROFILE = """
    SELECT g.grant_id FROM grants g JOIN profiles p ON p.profile_id = g.profile_id
     WHERE g.grant_id = :grant_id AND p.removed_at IS NOT NULL"""
_ROTATE = """
    UPDATE grants SET generation = generation + 1, rotated_at = :now, expires_at = :expires_at
     WHERE grant_id = :grant_id AND generation = :generation AND revoked_at IS NULL AND expires_at > :now"""
_END_SESSION = """
    UPDATE grants SET session = session + 1
     WHERE grant_id = :grant_id AND session = :session AND revoked_at IS NULL"""
_REVOKE = """
    UPDATE grants SET revoked_at = :now, revoked_because = :reason WHERE grant_id = :grant_id AND revoked_at IS NULL"""
_REVOKE_OF_PROFILE = """
    UPDATE grants SET revoked_at = :now, revoked_because = :reason
     WHERE profile_id = :profile_id AND revoked_at IS NULL"""


@dataclass(frozen=True)
class Grant:
    """One log-in that lasts; `generation` counts refreshes, `session` counts log-outs."""

    grant_id: str
    profile_id: str
    device_id: str
    user_id: str
    scope: str
    generation: int
    rotated_at: int
    session: int
    expires_at: int


async def insert(
    unit: UnitOfWork, grant_id: str, *, profile_id: str, device_id: str, scope: str, now: int, expires_at: int
) -> None:
    """Remember a new grant.

    Errors: AlreadyExists when the profile has a live one.
    """
    await unit.run(
        _INSERT,
        grant_id=grant_id,
        profile_id=profile_id,
        device_id=device_id,
        scope=scope,
        now=now,
        expires_at=expires_at,
    )


async def find_live(reader: Reader, grant_id: str, *, now: int) -> Grant | None:
    """Return the grant unless it was revoked or has run out."""
    row = await reader.first(_FIND_LIVE, grant_id=grant_id, now=now)
    return None if row is None else _grant(row)


async def is_of_removed_profile(reader: Reader, grant_id: str) -> bool:
    """Tell whether the grant ended because its user was removed from the device."""
    return await reader.first(_OF_REMOVED_PROFILE, grant_id=grant_id) is not None


async def rotate(unit: UnitOfWork, grant_id: str, *, generation: int, now: int, expires_at: int) -> bool:
    """Move on from that generation to the next; False when somebody was first."""
    changed = await unit.run(_ROTATE, grant_id=grant_id, generation=generation, now=now, expires_at=expires_at)
    return changed == 1


async def end_session(unit: UnitOfWork, grant_id: str, *, session: int) -> None:
    """Make the access tokens of that session worthless; the refresh token lives on."""
    await unit.run(_END_SESSION, grant_id=grant_id, session=session)


async def revoke(unit: UnitOfWork, grant_id: str, *, reason: str, now: int) -> bool:
    """End the grant; False when it had ended."""
    return await unit.run(_REVOKE, grant_id=grant_id, reason=reason, now=now) == 1


async def revoke_of_profile(unit: UnitOfWork, profile_id: str, *, reason: str, now: int) -> None:
    """End whatever grant the profile has."""
    await unit.run(_REVOKE_OF_PROFILE, profile_id=profile_id, reason=reason, now=now)


def _grant(row: Row) -> Grant:
    return Grant(
        row["grant_id"],
        row["profile_id"],
        row["device_id"],
        row["user_id"],
        row["scope"],
        row["generation"],
        row["rotated_at"],
        row["session"],
        row["expires_at"],
    )
