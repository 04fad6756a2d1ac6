"""Recovery codes, for operators whose second factor is lost. Only keyed hashes are kept."""

from __future__ import annotations

from collections.abc import Sequence

from token_server.database.engine import Reader, UnitOfWork

_INSERT = """
    INSERT INTO operator_recovery_codes (code_hash, operator_id, created_at) VALUES (:code_hash, :operator_id, :now)"""
_USE = """
    UPDATE operator_recovery_codes SET used_at = :now
     WHERE code_hash = :code_hash AND operator_id = :operator_id AND used_at IS NULL"""
_COUNT = "SELECT COUNT(*) AS n FROM operator_recovery_codes WHERE operator_id = :operator_id AND used_at IS NULL"
_FORGET = "DELETE FROM operator_recovery_codes WHERE operator_id = :operator_id"


async def replace(unit: UnitOfWork, operator_id: str, code_hashes: Sequence[str], *, now: int) -> None:
    """Remember these codes and forget all earlier ones."""
    await unit.run(_FORGET, operator_id=operator_id)
    for code_hash in code_hashes:
        unit.later(_INSERT, code_hash=code_hash, operator_id=operator_id, now=now)


async def use(unit: UnitOfWork, code_hash: str, *, operator_id: str, now: int) -> bool:
    """Use the code up; False when it is unknown or was used."""
    return await unit.run(_USE, code_hash=code_hash, operator_id=operator_id, now=now) == 1


async def count_unused(reader: Reader, operator_id: str) -> int:
    """Return how many codes are left."""
    row = await reader.first(_COUNT, operator_id=operator_id)
    return 0 if row is None else int(row["n"])
