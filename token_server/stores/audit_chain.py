"""The chain through the audit trail, its signed head and its checkpoints."""

from __future__ import annotations

from typing import NamedTuple

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.audit_chain import AuditEntry, Head, Link

_ENTRY = ", ".join(AuditEntry._fields)
_CHECKPOINT = "sequence, entry_hash, signed_at, signature"

_UNCHAINED = f"SELECT {_ENTRY} FROM audit_events WHERE sequence IS NULL ORDER BY event_id LIMIT :most"
_CHAINED = f"""
    SELECT {_ENTRY}, sequence, salt, commitment, entry_hash FROM audit_events
     WHERE sequence > :after ORDER BY sequence LIMIT :most"""
_END = """
    SELECT h.sequence, h.entry_hash, h.signed_at, h.signature,
           (SELECT MAX(sequence) FROM audit_events WHERE sequence IS NOT NULL) AS last,
           (SELECT e.entry_hash FROM audit_events e WHERE e.sequence = h.sequence) AS found_hash
      FROM (SELECT 1 AS one) AS start LEFT JOIN audit_head h ON h.name = 'head'"""
_LINK = """
    UPDATE audit_events
       SET sequence = :sequence, salt = :salt, commitment = :commitment, entry_hash = :entry_hash
     WHERE event_id = :event_id AND sequence IS NULL"""
_COUNT = "SELECT COUNT(*) AS linked FROM audit_events WHERE sequence > :after AND sequence <= :last"
_COUNT_UNCHAINED = "SELECT COUNT(*) AS waiting FROM audit_events WHERE sequence IS NULL"
_OLDEST_UNCHAINED = "SELECT occurred_at FROM audit_events WHERE sequence IS NULL ORDER BY event_id LIMIT 1"
_BEGIN_HEAD = """
    INSERT INTO audit_head (name, sequence, entry_hash, signed_at, signature)
    VALUES ('head', :sequence, :entry_hash, :signed_at, :signature) ON CONFLICT (name) DO NOTHING"""
_MOVE_HEAD = """
    UPDATE audit_head SET sequence = :sequence, entry_hash = :entry_hash, signed_at = :signed_at, signature = :signature
     WHERE name = 'head' AND sequence = :before"""
_KEEP_CHECKPOINT = f"""
    INSERT INTO audit_checkpoints ({_CHECKPOINT}) SELECT {_CHECKPOINT} FROM audit_head WHERE name = 'head'
    ON CONFLICT (sequence) DO NOTHING"""
_CHECKPOINTS = f"""
    SELECT {_CHECKPOINT} FROM audit_checkpoints WHERE sequence > :after ORDER BY sequence LIMIT :most"""


class Checkpoint(NamedTuple):
    """How far the chain went, signed. Units: `signed_at` in ms since 1970 UTC."""

    sequence: int
    entry_hash: str
    signed_at: int
    signature: str

    @property
    def head(self) -> Head:
        """What was signed for."""
        return Head(self.sequence, self.entry_hash)


class ChainEnd(NamedTuple):
    """What was signed last, and what there is: the last place, and the hash at the place that was signed."""

    signed: Checkpoint | None
    last: int | None
    found_hash: str | None


class ChainedEntry(NamedTuple):
    """An entry with its place in the chain."""

    entry: AuditEntry
    link: Link


async def list_unchained(reader: Reader, *, most: int) -> list[AuditEntry]:
    """Return the oldest entries that are not chained yet."""
    return [_entry(row) for row in await reader.all(_UNCHAINED, most=most)]


async def list_chained(reader: Reader, *, after: int, most: int) -> list[ChainedEntry]:
    """Return the entries that follow the place `after`, in the order of the chain."""
    rows = await reader.all(_CHAINED, after=after, most=most)
    return [
        ChainedEntry(_entry(row), Link(row["sequence"], row["salt"], row["commitment"], row["entry_hash"]))
        for row in rows
    ]


async def find_end(reader: Reader) -> ChainEnd:
    """Return the end of the chain, all of one moment."""
    row = await reader.first(_END)
    if row is None or row["sequence"] is None:
        return ChainEnd(None, None if row is None else row["last"], None)
    return ChainEnd(_checkpoint(row), row["last"], row["found_hash"])


async def oldest_unchained_at(reader: Reader) -> int | None:
    """Return when the oldest entry outside the chain occurred."""
    row = await reader.first(_OLDEST_UNCHAINED)
    return None if row is None else int(row["occurred_at"])


async def count_unchained(reader: Reader) -> int:
    """Return how many entries are not chained yet."""
    row = await reader.first(_COUNT_UNCHAINED)
    return 0 if row is None else int(row["waiting"])


async def link(unit: UnitOfWork, links: list[tuple[str, Link]]) -> bool:
    """Give each entry its place; False when another server chained one of them meanwhile."""
    for event_id, each in links:
        unit.later(_LINK, event_id=event_id, **each._asdict())
    row = await unit.first(_COUNT, after=links[0][1].sequence - 1, last=links[-1][1].sequence)
    return row is not None and row["linked"] == len(links)


async def move_head(unit: UnitOfWork, head: Checkpoint, *, before: int) -> bool:
    """Sign for a chain that has grown from the place `before`; False when another server was faster."""
    if before == 0:
        return await unit.run(_BEGIN_HEAD, **head._asdict()) == 1
    return await unit.run(_MOVE_HEAD, **head._asdict(), before=before) == 1


async def keep_checkpoint(unit: UnitOfWork) -> bool:
    """Keep the signed head as a checkpoint; False when it was kept before, or there is none."""
    return await unit.run(_KEEP_CHECKPOINT) == 1


async def list_checkpoints(reader: Reader, *, after: int, most: int) -> list[Checkpoint]:
    """Return the checkpoints for places after `after`, in order."""
    return [_checkpoint(row) for row in await reader.all(_CHECKPOINTS, after=after, most=most)]


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(*(row[name] for name in AuditEntry._fields))


def _checkpoint(row: Row) -> Checkpoint:
    return Checkpoint(row["sequence"], row["entry_hash"], row["signed_at"], row["signature"])
