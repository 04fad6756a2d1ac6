"""Parts of a story that several flows tell: what goes when a user leaves a device, or an enrolment ends."""

from __future__ import annotations

from token_server.database.engine import UnitOfWork
from token_server.stores import audit_events, devices, enrollments, grants, profiles, server_keys
from token_server.stores.enrollments import RevokedEnrollment


async def remove_user_from_device(
    unit: UnitOfWork, user_id: str, device_id: str, *, reason: str, actor: str, now: int
) -> bool:
    """Take the profile, its grant and its enrolment away; False when there is no such profile."""
    profile_id = await profiles.remove(unit, user_id, device_id, now=now)
    if profile_id is None:
        return False
    await grants.revoke_of_profile(unit, profile_id, reason=reason, now=now)
    revoked = await enrollments.revoke_of_profile(unit, profile_id, reason=reason, now=now)
    await retire_keys(unit, revoked, now=now)
    audit_events.add(unit, "user_removed", actor=actor, now=now, user_id=user_id, device_id=device_id, reason=reason)
    return True


async def delete_device(unit: UnitOfWork, device_id: str, *, actor: str, now: int) -> list[str] | None:
    """Forget a device with everybody on it; return the users concerned, None when there is no such device."""
    if not await devices.delete(unit, device_id, now=now):
        return None
    users = await devices.list_users(unit, device_id)
    for user_id in users:
        await remove_user_from_device(unit, user_id, device_id, reason="device_deleted", actor=actor, now=now)
    audit_events.add(unit, "device_deleted", actor=actor, now=now, device_id=device_id)
    return users


async def revoke_enrollment(
    unit: UnitOfWork, user_id: str, device_id: str, *, reason: str, actor: str, now: int
) -> bool:
    """End the user's enrolment on the device; False when there is none."""
    revoked = await enrollments.revoke_of_user_on_device(unit, user_id, device_id, reason=reason, now=now)
    await retire_keys(unit, revoked, now=now)
    if revoked:
        audit_events.add(
            unit, "enrollment_revoked", actor=actor, now=now, user_id=user_id, device_id=device_id, reason=reason
        )
    return bool(revoked)


async def retire_keys(unit: UnitOfWork, revoked: list[RevokedEnrollment], *, now: int) -> None:
    """Retire the server keys that were made for those enrolments alone."""
    for each in revoked:
        await server_keys.retire_unique(unit, each.server_key_id, now=now)
