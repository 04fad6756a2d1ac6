"""Buckets of the rate limits, shared by all nodes: of each, when it is full again."""

from __future__ import annotations

from token_server.database.engine import Database, Move, Reader, Statement, UnitOfWork
from token_server.domain.limits import Pace

# What `Pace.spend` says, as one statement: sixteen at once take what is there and not more.
_SPEND = """
    INSERT INTO rate_limits (bucket, full_at) VALUES (:bucket, :full_at_if_new)
    ON CONFLICT (bucket) DO UPDATE
       SET full_at = CASE WHEN rate_limits.full_at > :now AND rate_limits.full_at <= :latest_believed
                          THEN rate_limits.full_at ELSE :now END + :step
     WHERE rate_limits.full_at <= :fits_until OR rate_limits.full_at > :latest_believed
    RETURNING bucket"""
_FIND = "SELECT full_at FROM rate_limits WHERE bucket = :bucket"
_FORGET = """
    DELETE FROM rate_limits
     WHERE full_at <= :now
       AND bucket IN (SELECT bucket FROM rate_limits WHERE full_at <= :now ORDER BY full_at LIMIT :most)"""


async def spend(database: Database, bucket: str, pace: Pace, *, now: int) -> bool:
    """Take one step out of the bucket; False when there is not that much in it."""
    facts: dict[str, int | str] = {
        "bucket": bucket,
        "full_at_if_new": now + pace.step_ms,
        "now": now,
        "step": pace.step_ms,
        "latest_believed": pace.latest_believed(now),
        "fits_until": now + pace.depth_ms - pace.step_ms,
    }
    return bool(await database.move(Move(Statement(_SPEND, facts))))


async def find(reader: Reader, bucket: str) -> int:
    """Return when the bucket is full again; 0 for one that nobody has touched."""
    row = await reader.first(_FIND, bucket=bucket)
    return 0 if row is None else int(row["full_at"])


async def forget_full(unit: UnitOfWork, *, now: int, most: int) -> int:
    """Delete up to `most` buckets that are full, which is as good as never touched, and return how many went."""
    return await unit.run(_FORGET, now=now, most=most)
