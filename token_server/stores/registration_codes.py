"""Registration codes: how a portal's signed-in user links a phone. Only their keyed hashes are kept."""

from __future__ import annotations

from token_server.database.engine import Reader, UnitOfWork

_INSERT = """
    INSERT INTO registration_codes (code_hash, user_id, client_id, created_at, expires_at)
    VALUES (:code_hash, :user_id, :client_id, :now, :expires_at)"""
_USE = """
    UPDATE registration_codes SET used_at = :now, used_by_device = :device_id
     WHERE code_hash = :code_hash AND used_at IS NULL AND expires_at > :now
    RETURNING user_id"""
_FIND_REDEEMED = """
    SELECT grant_id FROM registration_codes
     WHERE code_hash = :code_hash AND used_by_device = :device_id AND expires_at > :now"""
_NOTE_GRANT = "UPDATE registration_codes SET grant_id = :grant_id WHERE code_hash = :code_hash"
_FORGET = """
    DELETE FROM registration_codes
     WHERE code_hash IN (SELECT code_hash FROM registration_codes WHERE expires_at < :before LIMIT :most)"""


def add(unit: UnitOfWork, code_hash: str, *, user_id: str, client_id: str, now: int, expires_at: int) -> None:
    """Remember a new code."""
    unit.later(_INSERT, code_hash=code_hash, user_id=user_id, client_id=client_id, now=now, expires_at=expires_at)


async def use(unit: UnitOfWork, code_hash: str, *, device_id: str, now: int) -> str | None:
    """Use the code up and return its user; None when it is unknown, used or too old."""
    row = await unit.first(_USE, code_hash=code_hash, device_id=device_id, now=now)
    return None if row is None else str(row["user_id"])


async def find_redeemed(reader: Reader, code_hash: str, *, device_id: str, now: int) -> str | None:
    """Return the grant that this very device got for the code, while the code would still be good."""
    row = await reader.first(_FIND_REDEEMED, code_hash=code_hash, device_id=device_id, now=now)
    return None if row is None else row["grant_id"]


async def note_grant(unit: UnitOfWork, code_hash: str, grant_id: str) -> None:
    """Note which grant the code was redeemed for, in the unit of work that used it."""
    await unit.run(_NOTE_GRANT, code_hash=code_hash, grant_id=grant_id)


async def forget(unit: UnitOfWork, *, before: int, most: int) -> int:
    """Delete up to `most` codes that expired before that time and return how many went."""
    return await unit.run(_FORGET, before=before, most=most)
