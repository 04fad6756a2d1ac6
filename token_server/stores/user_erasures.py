"""Everything outside the audit trail that is about one user, and taking it away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from token_server.database.engine import Reader, UnitOfWork

_OWN_DEVICES = """
    SELECT DISTINCT p.device_id FROM profiles p
     WHERE p.user_id = :user_id
       AND NOT EXISTS (SELECT 1 FROM profiles o WHERE o.device_id = p.device_id AND o.user_id <> :user_id)
     ORDER BY p.device_id"""
_DEVICES = "SELECT device_id FROM profiles WHERE user_id = :user_id AND removed_at IS NULL ORDER BY device_id"
_SURVEY = """
    SELECT (SELECT COUNT(*) FROM profiles WHERE user_id = :user_id) AS profiles,
           (SELECT COUNT(*) FROM enrollments WHERE user_id = :user_id) AS enrollments,
           (SELECT COUNT(*) FROM registration_codes WHERE user_id = :user_id) AS registration_codes,
           (SELECT COUNT(*) FROM not_me_reports WHERE user_id = :user_id) AS not_me_reports"""
_END_OPEN = """
    UPDATE transactions
       SET state = 'invalid', ended_at = :now, readable_until = :readable_until, sealed_frame_secret = NULL
     WHERE device_id = :device_id AND user_id = :user_id AND ended_at IS NULL
    RETURNING transaction_id, client_id, callback_uri"""
_FORGET_CODES = "DELETE FROM registration_codes WHERE user_id = :user_id"
_FORGET_REPORTS = "DELETE FROM not_me_reports WHERE user_id = :user_id"

# The portal may still ask for a result that lies a few seconds back. It must never hear "accepted" without a user; what
# was ended because of the erasure stays readable, so that the portal hears of that.
_FORGET_EVIDENCE = """
    DELETE FROM evidence
     WHERE transaction_id = :transaction_id
       AND EXISTS (SELECT 1 FROM transactions t WHERE t.transaction_id = :transaction_id AND t.user_id = :user_id)"""
_FORGET_TRANSACTION = """
    UPDATE transactions
       SET user_id = NULL, profile_id = NULL, device_id = NULL, enrollment_id = NULL, challenge_document = NULL,
           message = '', secure_message = NULL, language_code = NULL, ip_address = NULL, user_agent = NULL,
           number = NULL, readable_until = CASE WHEN state = 'invalid' THEN readable_until ELSE created_at END
     WHERE transaction_id = :transaction_id AND user_id = :user_id"""
_TRANSACTIONS = "SELECT transaction_id FROM transactions WHERE user_id = :user_id LIMIT :most"

_PROFILES = """
    SELECT profile_id FROM profiles
     WHERE user_id = :user_id AND removed_at IS NOT NULL ORDER BY profile_id LIMIT :most"""
_DELETE_GRANTS = "DELETE FROM grants WHERE profile_id = :profile_id"
_DELETE_ENROLLMENTS = "DELETE FROM enrollments WHERE profile_id = :profile_id RETURNING server_key_id"
_DELETE_KEY = """
    DELETE FROM server_keys
     WHERE server_key_id = :server_key_id AND shared = 0
       AND NOT EXISTS (SELECT 1 FROM enrollments e WHERE e.server_key_id = :server_key_id)"""
_DELETE_PROFILE = "DELETE FROM profiles WHERE profile_id = :profile_id"
_DELETE_DEVICE = """
    DELETE FROM devices
     WHERE device_id = :device_id AND deleted_at IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM profiles p WHERE p.device_id = :device_id)
       AND NOT EXISTS (SELECT 1 FROM not_me_reports r WHERE r.device_id = :device_id)"""


class Belongings(NamedTuple):
    """How much there is of a user outside the audit trail and the transactions."""

    profiles: int
    enrollments: int
    registration_codes: int
    not_me_reports: int


class EndedTransaction(NamedTuple):
    """A transaction that has just ended, and whom to tell."""

    transaction_id: str
    client_id: str
    callback_uri: str


async def list_devices(reader: Reader, user_id: str) -> list[str]:
    """Return the devices that the user is on."""
    return [row["device_id"] for row in await reader.all(_DEVICES, user_id=user_id)]


async def list_own_devices(reader: Reader, user_id: str) -> list[str]:
    """Return the devices that this user has used, and nobody else."""
    return [row["device_id"] for row in await reader.all(_OWN_DEVICES, user_id=user_id)]


async def survey(reader: Reader, user_id: str) -> Belongings:
    """Return how much there is."""
    row = await reader.first(_SURVEY, user_id=user_id)
    return Belongings(0, 0, 0, 0) if row is None else Belongings(*[row[name] for name in Belongings._fields])


async def end_open(
    unit: UnitOfWork, user_id: str, device_id: str, *, now: int, readable_until: int
) -> list[EndedTransaction]:
    """End what the user has claimed on a device and not answered."""
    rows = await unit.all(_END_OPEN, user_id=user_id, device_id=device_id, now=now, readable_until=readable_until)
    return [EndedTransaction(*[row[name] for name in EndedTransaction._fields]) for row in rows]


async def forget_loose_ends(unit: UnitOfWork, user_id: str) -> None:
    """Delete registration codes, so that nobody comes back with one, and reports."""
    await unit.run(_FORGET_CODES, user_id=user_id)
    await unit.run(_FORGET_REPORTS, user_id=user_id)


async def forget_transactions(unit: UnitOfWork, user_id: str, transaction_ids: Iterable[str]) -> None:
    """Delete the evidence of the user's transactions and leave nothing of the user in them; others' are let alone."""
    facts = [{"transaction_id": each, "user_id": user_id} for each in transaction_ids]
    await unit.run_each(_FORGET_EVIDENCE, facts)
    await unit.run_each(_FORGET_TRANSACTION, facts)


async def list_transactions(reader: Reader, user_id: str, *, most: int) -> list[str]:
    """Return up to `most` of the user's transactions."""
    return [row["transaction_id"] for row in await reader.all(_TRANSACTIONS, user_id=user_id, most=most)]


async def delete_profiles(unit: UnitOfWork, user_id: str, *, most: int) -> int:
    """Delete up to `most` of the user's removed profiles with all that hangs on them and return how many there were."""
    rows = await unit.all(_PROFILES, user_id=user_id, most=most)
    for row in rows:
        profile_id = row["profile_id"]
        await unit.run(_DELETE_GRANTS, profile_id=profile_id)
        for key in await unit.all(_DELETE_ENROLLMENTS, profile_id=profile_id):
            await unit.run(_DELETE_KEY, server_key_id=key["server_key_id"])
        await unit.run(_DELETE_PROFILE, profile_id=profile_id)
    return len(rows)


async def delete_devices(unit: UnitOfWork, devices: Iterable[str]) -> None:
    """Delete devices that were deleted before, and that nobody is on."""
    for device_id in devices:
        await unit.run(_DELETE_DEVICE, device_id=device_id)
