"""The chain through the audit trail, its signed head and its checkpoints."""

from __future__ import annotations

from operator import itemgetter
from typing import NamedTuple

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.audit_chain import AuditEntry, Checkpoint, Link

ENTRY = ", ".join(AuditEntry._fields)
LINK = ", ".join(Link._fields)
_CHECKPOINT = ", ".join(Checkpoint._fields)
_entry_columns = itemgetter(*AuditEntry._fields)
_link_columns = itemgetter(*Link._fields)

_UNCHAINED = f"SELECT {ENTRY} FROM audit_events WHERE sequence IS NULL ORDER BY event_id LIMIT :most"
_UNCHAINED_OF_KIND = f"SELECT {ENTRY} FROM audit_events WHERE sequence IS NULL AND event = :event ORDER BY event_id"
_CHAINED = f"SELECT {ENTRY}, {LINK} FROM audit_events WHERE sequence > :after ORDER BY sequence LIMIT :most"
_FIND = f"""
    SELECT {ENTRY}, {LINK} FROM audit_events
     WHERE transaction_id = :transaction_id AND event = :event AND sequence IS NOT NULL ORDER BY sequence LIMIT 1"""
_END = """
    SELECT h.sequence, h.entry_hash, h.signed_at, h.signature,
           (SELECT MAX(sequence) FROM audit_events WHERE sequence IS NOT NULL) AS last,
           (SELECT e.entry_hash FROM audit_events e WHERE e.sequence = h.sequence) AS found_hash,
           (SELECT e.entry_hash FROM audit_events e WHERE e.sequence = :seen) AS seen_hash,
           (SELECT MAX(c.sequence) FROM audit_checkpoints c) AS last_checkpoint
      FROM (SELECT 1 AS one) AS start LEFT JOIN audit_head h ON h.name = 'head'"""
_LINK = """
    UPDATE audit_events SET sequence = :sequence, salt = :salt, entry_hash = :entry_hash
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
    ON CONFLICT (sequence) DO NOTHING RETURNING {_CHECKPOINT}"""
_CHECKPOINTS = f"""
    SELECT {_CHECKPOINT} FROM audit_checkpoints WHERE sequence > :after ORDER BY sequence LIMIT :most"""


class ChainEnd(NamedTuple):
    """What was signed last, and what there is: the last place, the hash at the place that was signed, and more."""

    signed: Checkpoint | None
    last: int | None
    found_hash: str | None
    seen_hash: str | None
    last_checkpoint: int | None


class ChainedEntry(NamedTuple):
    """An entry with its place in the chain."""

    entry: AuditEntry
    link: Link


async def list_unchained(reader: Reader, *, most: int) -> list[AuditEntry]:
    """Return the oldest entries that are not chained yet."""
    return [_entry(row) for row in await reader.all(_UNCHAINED, most=most)]


async def list_unchained_of_kind(reader: Reader, event: str) -> list[AuditEntry]:
    """Return the entries of that kind that are not chained yet."""
    return [_entry(row) for row in await reader.all(_UNCHAINED_OF_KIND, event=event)]


async def list_chained(reader: Reader, *, after: int, most: int) -> list[ChainedEntry]:
    """Return the entries that follow the place `after`, in the order of the chain."""
    return [chained_entry(row) for row in await reader.all(_CHAINED, after=after, most=most)]


async def find_chained(reader: Reader, transaction_id: str, event: str) -> ChainedEntry | None:
    """Return the first entry of that kind about the transaction, with its place; None while it has none."""
    row = await reader.first(_FIND, transaction_id=transaction_id, event=event)
    return None if row is None else chained_entry(row)


async def find_end(reader: Reader, *, seen: int = 0) -> ChainEnd:
    """Return the end of the chain, all of one moment; with the hash that stands at the place `seen`."""
    row = await reader.first(_END, seen=seen)
    if row is None:
        problem = "a question without a condition had no answer"
        raise RuntimeError(problem)
    signed = None if row["sequence"] is None else _checkpoint(row)
    return ChainEnd(signed, row["last"], row["found_hash"], row["seen_hash"], row["last_checkpoint"])


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
    facts = [
        {"event_id": event_id, "sequence": each.sequence, "salt": each.salt, "entry_hash": each.entry_hash}
        for event_id, each in links
    ]
    await unit.run_each(_LINK, facts)
    row = await unit.first(_COUNT, after=links[0][1].sequence - 1, last=links[-1][1].sequence)
    return row is not None and row["linked"] == len(links)


async def move_head(unit: UnitOfWork, head: Checkpoint, *, before: int) -> bool:
    """Sign for a chain that has grown from the place `before`; False when another server was faster."""
    if before == 0:
        return await unit.run(_BEGIN_HEAD, **head._asdict()) == 1
    return await unit.run(_MOVE_HEAD, **head._asdict(), before=before) == 1


async def keep_checkpoint(unit: UnitOfWork) -> Checkpoint | None:
    """Keep the signed head as a checkpoint and return it; None when it was kept before, or there is none."""
    row = await unit.first(_KEEP_CHECKPOINT)
    return None if row is None else _checkpoint(row)


async def list_checkpoints(reader: Reader, *, after: int, most: int) -> list[Checkpoint]:
    """Return the checkpoints for places after `after`, in order."""
    return [_checkpoint(row) for row in await reader.all(_CHECKPOINTS, after=after, most=most)]


def chained_entry(row: Row) -> ChainedEntry:
    """Return the entry and the link that a row holds under the columns' own names."""
    return ChainedEntry(_entry(row), Link._make(_link_columns(row)))


def _entry(row: Row) -> AuditEntry:
    return AuditEntry._make(_entry_columns(row))


def _checkpoint(row: Row) -> Checkpoint:
    return Checkpoint(*[row[name] for name in Checkpoint._fields])
