"""Which signed assertions were used: keyed hashes of their ids, kept while they could be used again."""

from __future__ import annotations

from token_server.database.engine import Database, Move, Statement, UnitOfWork, Value

_USE = """
    INSERT INTO used_assertions (client_id, jti_hash, expires_at) VALUES (:client_id, :jti_hash, :expires_at)
    ON CONFLICT (client_id, jti_hash) DO NOTHING
    RETURNING client_id"""
_FORGET = """
    DELETE FROM used_assertions
     WHERE (client_id, jti_hash) IN (SELECT client_id, jti_hash FROM used_assertions
                                      WHERE expires_at <= :now ORDER BY expires_at LIMIT :most)"""


async def use(database: Database, client_id: str, jti_hash: str, *, expires_at: int) -> bool:
    """Use an assertion; False when somebody was first, who may be the same portal again."""
    facts: dict[str, Value] = {"client_id": client_id, "jti_hash": jti_hash, "expires_at": expires_at}
    return bool(await database.move(Move(Statement(_USE, facts))))


async def forget(unit: UnitOfWork, *, now: int, most: int) -> int:
    """Forget up to `most` assertions that are too old to be used, and return how many went."""
    return await unit.run(_FORGET, now=now, most=most)
