"""Ten thousand entries: whatever is done to the first, a middle one or the last is found, and its place is told."""

from __future__ import annotations

import pytest

from tests.audit.trails import Trail
from token_server.domain.audit_chain import Checkpoint

ENTRIES = 10_000
PLACES = (1, 5_000, ENTRIES)
RESTORED = (  # row by row: ten thousand dead ones each time would make PostgreSQL read ever more
    """DELETE FROM audit_events WHERE event_id IN (
         SELECT event_id FROM (SELECT * FROM audit_events EXCEPT SELECT * FROM kept_events) AS changed)""",
    """INSERT INTO audit_events SELECT k.* FROM kept_events k
        WHERE k.event_id NOT IN (SELECT event_id FROM audit_events)""",
    "DELETE FROM audit_head",
    "INSERT INTO audit_head SELECT k.* FROM kept_head k",
)
MOVE_UP = (
    "UPDATE audit_events SET sequence = -sequence WHERE sequence > :place",
    ("UPDATE audit_events SET sequence = -sequence - 1 WHERE sequence < 0"),
)
MOVE_DOWN = (
    "UPDATE audit_events SET sequence = -sequence WHERE sequence >= :place",
    ("UPDATE audit_events SET sequence = -sequence + 1 WHERE sequence < 0"),
)
INSERT = """
    INSERT INTO audit_events (event_id, occurred_at, event, actor, detail, sequence, salt, entry_hash)
    SELECT '00' || event_id, occurred_at, event, actor, detail, :place, salt, entry_hash FROM audit_events
     WHERE sequence = (SELECT MIN(sequence) FROM audit_events)"""
KINDS: dict[str, tuple[str, ...]] = {
    "changed detail": ("UPDATE audit_events SET detail = '{}' WHERE sequence = :place",),
    "changed person": ("UPDATE audit_events SET user_id = 'mallory' WHERE sequence = :place",),
    "changed time": ("UPDATE audit_events SET occurred_at = occurred_at - 1 WHERE sequence = :place",),
    "removed": ("DELETE FROM audit_events WHERE sequence = :place",),
    "removed, the others moved up": ("DELETE FROM audit_events WHERE sequence = :place", *MOVE_UP),
    "inserted, the others moved down": (*MOVE_DOWN, INSERT),
    "taken out of the chain": ("UPDATE audit_events SET sequence = NULL WHERE sequence = :place",),
    "cut off": ("DELETE FROM audit_events WHERE sequence >= :place", "DELETE FROM audit_head"),
}


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_every_kind_of_tampering_is_found_in_ten_thousand_entries(trail: Trail) -> None:
    for first in range(0, ENTRIES, 1_000):
        await trail.write(1_000, first)
    assert await trail.chain() == ENTRIES
    exported = await the_head(trail)
    await trail.tamper(
        "CREATE TABLE kept_events AS SELECT * FROM audit_events", "CREATE TABLE kept_head AS SELECT * FROM audit_head"
    )
    report = await trail.verify(exported)
    assert (report.entries, report.findings) == (ENTRIES, [])
    for kind, statements in KINDS.items():
        for place in PLACES:
            await trail.tamper(*statements, place=place)
            findings = (await trail.verify(exported)).findings
            assert findings, (kind, place)
            near = {str(place), str(place + 1), str(place - 1), str(ENTRIES - 1), str(ENTRIES)}
            assert any(near & set(finding.replace(",", " ").split()) for finding in findings), (kind, place, findings)
            await trail.tamper(*RESTORED)
    assert (await trail.verify(exported)).findings == []


async def the_head(trail: Trail) -> Checkpoint:
    """The signed head, as somebody who exports it has it."""
    row = await trail.database.read.first("SELECT sequence, entry_hash, signed_at, signature FROM audit_head")
    assert row is not None
    return Checkpoint(row["sequence"], row["entry_hash"], row["signed_at"], row["signature"])
