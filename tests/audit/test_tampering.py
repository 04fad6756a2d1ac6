"""Whatever is changed, removed or inserted behind the server's back is found, and the place is told."""

from __future__ import annotations

import pytest

from tests.audit.trails import Trail
from token_server.crypto.checkpoint_keys import CheckpointKey
from token_server.domain.audit_chain import AuditEntry, Head, chain
from token_server.stores import audit_chain

ENTRIES = 60
PLACES = {"head": 1, "middle": 31, "end": ENTRIES}
CHANGES = {
    "event": "'transaction_denied'",
    "occurred_at": "occurred_at + 1",
    "actor": "'device:x'",
    "user_id": "'mallory'",
    "device_id": "NULL",
    "transaction_id": "'t-other'",
    "detail": "'{}'",
    "event_id": "'00'",
    "personal": "'{}'",
    "salt": "'00'",
    "commitment": "entry_hash",
    "entry_hash": "salt",
}
MOVE = "UPDATE audit_events SET sequence = :new WHERE sequence = :old"


@pytest.mark.parametrize("place", PLACES.values(), ids=list(PLACES))
@pytest.mark.parametrize("column", CHANGES)
async def test_a_changed_entry_is_found(trail: Trail, column: str, place: int) -> None:
    await trail.chained(ENTRIES)
    change = f"UPDATE audit_events SET {column} = {CHANGES[column]} WHERE sequence = :place"  # noqa: S608 - ours, above
    await trail.tamper(change, place=place)
    findings = (await trail.verify()).findings
    assert findings
    assert any(f"entry {place} " in each or f"entry {place + 1} " in each for each in findings), findings


@pytest.mark.parametrize("place", PLACES.values(), ids=list(PLACES))
async def test_a_removed_entry_is_found(trail: Trail, place: int) -> None:
    await trail.chained(ENTRIES)
    await trail.tamper("DELETE FROM audit_events WHERE sequence = :place", place=place)
    findings = (await trail.verify()).findings
    expected = "ends at entry 59" if place == ENTRIES else f"Missing: {place}"
    assert expected in findings[0]


@pytest.mark.parametrize("place", [1, 31])
async def test_a_removed_entry_is_found_when_the_others_move_up(trail: Trail, place: int) -> None:
    await trail.chained(ENTRIES)
    await trail.tamper("DELETE FROM audit_events WHERE sequence = :place", place=place)
    for each in range(place + 1, ENTRIES + 1):
        await trail.tamper(MOVE, old=each, new=each - 1)
    assert f"entry {place} " in (await trail.verify()).findings[0]


@pytest.mark.parametrize("place", [1, 31, ENTRIES + 1])
async def test_an_inserted_entry_is_found(trail: Trail, place: int) -> None:
    await trail.chained(ENTRIES)
    for each in range(ENTRIES, place - 1, -1):
        await trail.tamper(MOVE, old=each, new=each + 1)
    insert = """
        INSERT INTO audit_events (event_id, occurred_at, event, actor, detail, sequence, salt, entry_hash)
        VALUES ('zz', 1, 'transaction_answered', 'device:1', '{}', :place, 'aa', 'cc')"""
    await trail.tamper(insert, place=place)
    assert any(str(place) in each for each in (await trail.verify()).findings)


async def forged(trail: Trail, first: int) -> None:
    """Write the chain anew from some place on, hashes and all, as somebody would who knows how it is made."""
    entries = await audit_chain.list_chained(trail.database.read, after=0, most=ENTRIES)
    head = Head(0, "0" * 64) if first == 1 else Head(first - 1, entries[first - 2].link.entry_hash)
    for each in entries[first - 1 :]:
        entry: AuditEntry = each.entry._replace(detail='{"forged":true}')
        link = chain(entry, head, "aa")
        await trail.tamper(
            """UPDATE audit_events
                  SET detail = :detail, salt = :salt, entry_hash = :entry_hash
                WHERE sequence = :sequence""",
            detail=entry.detail,
            sequence=link.sequence,
            salt=link.salt,
            entry_hash=link.entry_hash,
        )
        head = Head(link.sequence, link.entry_hash)


@pytest.mark.parametrize("first", [1, 31, ENTRIES])
async def test_a_chain_that_was_written_anew_is_found_by_the_signed_head(trail: Trail, first: int) -> None:
    await trail.chained(ENTRIES)
    await forged(trail, first)
    assert "not the one that its checkpoint was signed for" in (await trail.verify()).findings[0]


async def test_a_chain_that_was_written_anew_is_found_by_a_checkpoint_when_the_head_is_gone(trail: Trail) -> None:
    await trail.chained(40)
    await trail.checkpoint()
    await trail.chained(20)
    await forged(trail, 20)
    await trail.tamper("DELETE FROM audit_head")
    findings = (await trail.verify()).findings
    assert "up to entry 40" in findings[0]
    assert "head of the trail is missing" in findings[1]


async def test_a_trail_that_was_cut_back_to_an_older_checkpoint_is_found_by_an_exported_one(trail: Trail) -> None:
    await trail.chained(40)
    await trail.checkpoint()
    await trail.chained(20)
    exported = await trail.checkpoint()
    await trail.tamper(
        "DELETE FROM audit_events WHERE sequence > 40",
        "DELETE FROM audit_checkpoints WHERE sequence > 40",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head SELECT 'head', sequence, entry_hash, signed_at, signature FROM audit_checkpoints",
    )
    assert (await trail.verify()).is_intact, "only somebody who kept a checkpoint elsewhere can know"
    findings = (await trail.verify(exported)).findings
    assert findings == ["The trail ends at entry 40, but was signed for up to entry 60"]


async def test_a_checkpoint_of_another_installation_is_told_apart(trail: Trail) -> None:
    await trail.chained(5)
    exported = await trail.checkpoint()
    other = Trail(trail.database, trail.clock, CheckpointKey.generate())
    assert "not signed by this installation" in (await other.verify(exported)).findings[0]
