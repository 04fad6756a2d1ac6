"""Entries are found page by page, by anything that stands in them, and taken along by whoever may."""

from __future__ import annotations

import pytest

from tests.audit.trails import Trail
from token_server.domain.audit_checkpoints import read_checkpoints, write_checkpoint
from token_server.domain.audit_queries import AuditQuery
from token_server.domain.errors import InvalidParameter, NotAllowed
from token_server.domain.operators import TERMINAL, Operator, Role
from token_server.flows.audit_checkpoints import ExportCheckpoints
from token_server.flows.audit_search import SearchAuditTrail

HELPDESK = Operator("1", "hanna", Role.HELPDESK, "console")
START_MS = 1_795_000_000_000


@pytest.fixture
def search(trail: Trail) -> SearchAuditTrail:
    return SearchAuditTrail(trail.database, trail.clock)


async def test_pages_follow_each_other_newest_first_without_a_gap(trail: Trail, search: SearchAuditTrail) -> None:
    await trail.write(60)
    seen, cursor = [], None
    while True:
        page = await search.page(TERMINAL, AuditQuery(), cursor=cursor, most=7)
        seen += [each.entry.occurred_at for each in page.entries]
        cursor = page.cursor
        if cursor is None:
            break
        trail.clock.move(1)
        await trail.write(1)  # what comes meanwhile is ahead of the first page
    assert seen == [START_MS + number for number in range(59, -1, -1)]


async def test_a_last_page_that_is_full_promises_no_other(trail: Trail, search: SearchAuditTrail) -> None:
    await trail.write(10)
    assert (await search.page(TERMINAL, AuditQuery(), most=10)).cursor is None
    assert (await search.page(TERMINAL, AuditQuery(), most=9)).cursor is not None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (AuditQuery(user_id="user-3"), 12),
        (AuditQuery(transaction_id="t-7"), 1),
        (AuditQuery(actor="device:2"), 9),
        (AuditQuery(event="transaction_answered"), 60),
        (AuditQuery(event="nothing"), 0),
        (AuditQuery(since=START_MS + 50), 10),
        (AuditQuery(until=START_MS + 50), 50),
        (AuditQuery(since=START_MS + 10, until=START_MS + 20), 10),
        (AuditQuery(since=START_MS + 10, until=START_MS + 20, user_id="user-3"), 2),
    ],
)
async def test_everything_that_is_asked_for_has_to_fit(
    trail: Trail, search: SearchAuditTrail, query: AuditQuery, expected: int
) -> None:
    await trail.chained(40)
    await trail.write(20, 40)  # not chained yet
    found = (await search.page(TERMINAL, query, most=500)).entries
    assert len(found) == expected
    trail.clock.move(1)
    assert [each async for each in search.export(TERMINAL, query)][:expected] == found[::-1]


async def test_an_export_is_an_entry_itself_and_says_about_whom(trail: Trail, search: SearchAuditTrail) -> None:
    await trail.write(5)
    trail.clock.move(1)
    assert len([each async for each in search.export(TERMINAL, AuditQuery(user_id="user-1"))]) == 2
    (noted,) = (await search.page(TERMINAL, AuditQuery(event="audit_exported"))).entries
    assert (noted.entry.actor, noted.entry.user_id) == ("operator:terminal", "user-1")
    assert "user-1" not in noted.entry.detail, "detail can never be erased"


async def test_helpdesk_sees_stories_and_last_events_and_takes_nothing_along(
    trail: Trail, search: SearchAuditTrail
) -> None:
    await trail.write(5)
    assert len(await search.story_of(HELPDESK, "t-3")) == 1
    assert len(await search.last_of_user(HELPDESK, "user-1", most=20)) == 1
    with pytest.raises(NotAllowed):
        await search.page(HELPDESK, AuditQuery())
    with pytest.raises(NotAllowed):
        async for _ in search.export(HELPDESK, AuditQuery()):
            pass


async def test_a_time_that_no_entry_can_have_is_refused(search: SearchAuditTrail) -> None:
    for time in (-1, 2**48):
        with pytest.raises(InvalidParameter):
            await search.page(TERMINAL, AuditQuery(since=time))


async def test_exported_checkpoints_are_read_back_with_the_newest_head_as_the_last(trail: Trail) -> None:
    export = ExportCheckpoints(trail.database, trail.key.public)
    assert [each async for each in export.lines(TERMINAL)] == []
    await trail.chained(5)
    kept = await trail.checkpoint()
    assert [each async for each in export.lines(TERMINAL)] == [write_checkpoint(kept, trail.key.public)]
    await trail.chained(5)
    lines = [each async for each in export.lines(TERMINAL)]
    exported = read_checkpoints(["a line of a log", *lines, "{}"])
    assert exported[0] == kept
    assert [each.sequence for each in exported] == [5, 10]
    assert (await trail.verify(*exported)).findings == []
    with pytest.raises(NotAllowed):
        _ = [each async for each in export.lines(HELPDESK)]


@pytest.mark.parametrize("line", ["", "[1]", "{", '{"sequence": "5"}', "[" * 99_999])
def test_a_file_without_checkpoints_is_refused(line: str) -> None:
    with pytest.raises(InvalidParameter, match="holds no checkpoints"):
        read_checkpoints([line])
