"""Every entry gets its place, once, whoever chains; what was chained can be walked along."""

from __future__ import annotations

import asyncio

import pytest

from tests.audit.trails import Trail
from tests.support.engines import OpenMore
from token_server.flows.audit_chain import MOST_AT_ONCE, ChainBroken


async def test_a_trail_without_entries_is_intact(trail: Trail) -> None:
    assert await trail.chainer.step() == 0
    assert await trail.chainer.keep_checkpoint() is None
    assert (await trail.verify()).is_intact


async def test_every_entry_gets_the_next_place(trail: Trail) -> None:
    await trail.chained(MOST_AT_ONCE + 3)
    await trail.chained(2)
    rows = await trail.database.read.all("SELECT sequence FROM audit_events ORDER BY sequence")
    assert [row["sequence"] for row in rows] == list(range(1, MOST_AT_ONCE + 6))
    report = await trail.verify()
    assert (report.entries, report.unchained, report.findings) == (MOST_AT_ONCE + 5, 0, [])


async def test_many_who_chain_at_once_leave_one_unbroken_chain(
    trail: Trail, database_url: str, open_more: OpenMore
) -> None:
    others = [Trail(await open_more(database_url), trail.clock, trail.key) for _ in range(2)]

    async def write_and_chain(each: Trail) -> None:
        for _ in range(4):
            await each.write(25)
            await each.chainer.step()

    await asyncio.gather(*(write_and_chain(each) for each in (trail, *others) for _ in range(3)))
    await trail.chain()
    report = await trail.verify()
    assert (report.entries, report.unchained, report.findings) == (900, 0, [])


async def test_a_batch_of_the_largest_size_is_followed_by_the_next(trail: Trail) -> None:
    await trail.write(2 * MOST_AT_ONCE)
    assert await trail.chainer.step() == MOST_AT_ONCE
    assert await trail.chainer.catch_up() == MOST_AT_ONCE
    assert await trail.chainer.count_waiting() == 0


@pytest.mark.slow
async def test_a_trail_is_intact_to_whoever_looks_while_it_grows(trail: Trail) -> None:
    async def grow() -> None:
        for _ in range(30):
            await trail.write(20)
            await trail.chain()
            await trail.chainer.keep_checkpoint()

    looks = 0
    async with asyncio.TaskGroup() as tasks:
        growing = tasks.create_task(grow())
        while not growing.done():
            assert (await trail.verify()).findings == []
            looks += 1
            await asyncio.sleep(0.01)  # looking without a pause keeps it from growing
    assert looks > 3
    assert (await trail.verify()).entries == 600


async def test_entries_that_wait_too_long_are_told(trail: Trail) -> None:
    await trail.write(3)
    assert (await trail.verify()).is_intact
    trail.clock.move(301)
    report = await trail.verify()
    assert report.unchained == 3
    assert "wait to be chained" in report.findings[0]


async def test_nothing_is_chained_behind_an_end_that_was_not_signed(trail: Trail) -> None:
    await trail.chained(5)
    await trail.tamper("DELETE FROM audit_events WHERE sequence = 5")
    await trail.write(1)
    with pytest.raises(ChainBroken, match="up to entry 5"):
        await trail.chainer.step()


async def test_a_head_of_somebody_elses_making_is_no_head(trail: Trail) -> None:
    await trail.chained(5)
    await trail.tamper("UPDATE audit_head SET sequence = 4")
    await trail.write(1)
    with pytest.raises(ChainBroken, match="not signed by this installation"):
        await trail.chainer.step()


async def test_a_trail_that_was_emptied_is_not_begun_anew(trail: Trail) -> None:
    await trail.chained(5)
    await trail.checkpoint()
    await trail.tamper("DELETE FROM audit_head", "UPDATE audit_events SET sequence = NULL")
    with pytest.raises(ChainBroken, match="head is missing"):
        await trail.chainer.step()


async def test_an_older_head_is_no_head_beside_a_newer_checkpoint(trail: Trail) -> None:
    await trail.chained(5)
    await trail.tamper("CREATE TABLE kept AS SELECT sequence, entry_hash, signed_at, signature FROM audit_head")
    await trail.chained(5)
    await trail.checkpoint()
    await trail.tamper(
        "DELETE FROM audit_events WHERE sequence > 5",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head SELECT 'head', sequence, entry_hash, signed_at, signature FROM kept",
    )
    await trail.write(1)
    with pytest.raises(ChainBroken, match="before its checkpoint at entry 10"):
        await trail.chainer.step()


@pytest.mark.parametrize(
    "set_back",
    [
        ("DELETE FROM audit_events WHERE sequence > 5", "INSERT INTO audit_head SELECT 'head', k.* FROM kept k"),
        ("UPDATE audit_events SET sequence = NULL, salt = NULL, entry_hash = NULL",),
        ("DELETE FROM audit_events",),
    ],
    ids=["to an older head", "to no chain", "to nothing"],
)
async def test_a_running_server_remembers_what_it_has_signed(trail: Trail, set_back: tuple[str, ...]) -> None:
    """Everything in the database is as it once was, signatures and all; only whoever remembers can know."""
    chainer = trail.chainer
    await trail.write(5)
    assert await chainer.step() == 5
    await trail.tamper("CREATE TABLE kept AS SELECT sequence, entry_hash, signed_at, signature FROM audit_head")
    await trail.write(5)
    assert await chainer.step() == 5
    await trail.tamper("DELETE FROM audit_head", *set_back)
    await trail.write(1)
    with pytest.raises(ChainBroken, match="Entry 10, which this server chained, is another or gone"):
        await chainer.step()
    assert await trail.chainer.step() > 0, "a server that is started anew has forgotten: hence exported checkpoints"


async def test_what_is_dated_back_is_remarked_upon(trail: Trail) -> None:
    await trail.chained(5)
    assert (await trail.verify()).remarks == []
    trail.clock.move(-301)
    await trail.chained(2)
    report = await trail.verify()
    assert report.is_intact, "a clock may have been set back"
    assert "2 entries say that they happened more than five minutes before" in report.remarks[0]
    assert "the first of them 6" in report.remarks[0]
