"""Every entry gets its place, once, whoever chains; what was chained can be walked along."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.audit.trails import Trail
from tests.support.engines import OpenMore
from token_server.domain.audit_chain import ERASED
from token_server.flows.audit_chain import MOST_AT_ONCE, ChainBroken


async def test_a_trail_without_entries_is_intact(trail: Trail) -> None:
    assert await trail.chainer.step() == 0
    assert await trail.chainer.keep_checkpoint() is False
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


async def test_erased_people_leave_the_chain_whole_and_are_counted(trail: Trail) -> None:
    await trail.chained(10)
    erase = (
        "UPDATE audit_events SET actor = :erased, user_id = NULL, device_id = NULL, salt = NULL WHERE user_id = :user"
    )
    await trail.tamper(erase, erased=ERASED, user="user-3")
    assert "without a record" in (await trail.verify()).findings[0]
    record = """
        INSERT INTO audit_events (event_id, occurred_at, event, actor, detail)
        VALUES ('zz', 1, 'user_erased', 'operator:root', :detail)"""
    await trail.tamper(record, detail=json.dumps({"entries": 2}))
    await trail.chain()
    report = await trail.verify()
    assert (report.entries, report.erased, report.findings) == (11, 2, [])
