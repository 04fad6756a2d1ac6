"""What of the audit trail names one user, and taking the names out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from token_server.database.engine import Reader, UnitOfWork
from token_server.domain.audit_chain import AuditEntry, Link
from token_server.stores.audit_chain import ChainedEntry, chained_entry

_ENTRY = ", ".join((*AuditEntry._fields, *Link._fields))
# An entry is about a user by the user id, or by a device that nobody else has used, which may be the actor too.
_BY_DEVICE = " OR device_id IN ({devices}) OR actor IN ({actors})"
_ABOUT = f"""
    SELECT {_ENTRY} FROM audit_events
     WHERE sequence > :after AND sequence <= :last AND (user_id = :user_id{{by_device}})
     ORDER BY sequence LIMIT :most"""
_HAS_UNCHAINED = """
    SELECT event_id FROM audit_events WHERE sequence IS NULL AND (user_id = :user_id{by_device}) LIMIT 1"""
_ERASE = """
    UPDATE audit_events
       SET actor = :actor, user_id = NULL, device_id = NULL, personal = NULL, salt = NULL, commitment = :commitment
     WHERE event_id = :event_id AND salt = :salt"""
_COUNT = """
    SELECT COUNT(*) AS erased FROM audit_events WHERE sequence >= :first AND sequence <= :last AND actor = :actor"""
_PLACES = (
    "SELECT sequence, entry_hash FROM audit_events WHERE actor = :actor AND sequence IS NOT NULL ORDER BY sequence"
)
_COUNT_OF_USER = """
    SELECT COUNT(*) AS entries,
           COUNT(DISTINCT CASE WHEN event = 'transaction_claimed' THEN transaction_id END) AS claimed
      FROM audit_events WHERE user_id = :user_id"""


class Anonymous(NamedTuple):
    """An entry whose people go: the salt that it was read with, and the commitment that stays."""

    event_id: str
    sequence: int
    salt: str
    commitment: str


async def list_about(
    reader: Reader, user_id: str, devices: Sequence[str], *, after: int, last: int, most: int
) -> list[ChainedEntry]:
    """Return entries between two places in the chain that are about the user or one of those devices."""
    by_device, names = _by_device(devices)
    sql = _ABOUT.format(by_device=by_device)
    rows = await reader.all(sql, user_id=user_id, after=after, last=last, most=most, **names)
    return [chained_entry(row) for row in rows]


async def has_unchained(reader: Reader, user_id: str, devices: Sequence[str]) -> bool:
    """Tell whether an entry about the user or one of those devices is not chained yet."""
    by_device, names = _by_device(devices)
    return await reader.first(_HAS_UNCHAINED.format(by_device=by_device), user_id=user_id, **names) is not None


async def erase(unit: UnitOfWork, entries: Sequence[Anonymous], *, actor: str) -> bool:
    """Take the people out of those entries, in the order of the chain; False when somebody else has done so."""
    facts = [
        {"event_id": each.event_id, "salt": each.salt, "commitment": each.commitment, "actor": actor}
        for each in entries
    ]
    await unit.run_each(_ERASE, facts)
    row = await unit.first(_COUNT, first=entries[0].sequence, last=entries[-1].sequence, actor=actor)
    return row is not None and row["erased"] == len(entries)


async def list_places(reader: Reader, actor: str) -> list[tuple[int, str]]:
    """Return sequence and hash of every chained entry of an actor."""
    return [(row["sequence"], row["entry_hash"]) for row in await reader.all(_PLACES, actor=actor)]


async def count_of_user(reader: Reader, user_id: str) -> tuple[int, int]:
    """Return how many entries name the user, and how many transactions they claimed."""
    row = await reader.first(_COUNT_OF_USER, user_id=user_id)
    return (0, 0) if row is None else (row["entries"], row["claimed"])


def _by_device(devices: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the condition, and the values of its parameters: one for each device, twice."""
    if not devices:
        return "", {}
    names = {f"device_{number}": device for number, device in enumerate(devices)}
    actors = {f"actor_{number}": f"device:{device}" for number, device in enumerate(devices)}
    places = [", ".join(f":{name}" for name in each) for each in (names, actors)]
    return _BY_DEVICE.format(devices=places[0], actors=places[1]), {**names, **actors}
