"""Frame secrets, stale frames and wrong numbers: every guard, on both engines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stores.planting import LATER, NOW, PROFILE_ID, READABLE_UNTIL, TRANSACTION, do, ending, enrollment, take
from tests.stores.test_transactions import DOCUMENT, claim, expire, found, started
from token_server.database.engine import Database
from token_server.domain.transactions import State
from token_server.stores import enrollments, transactions

__all__ = ["started"]
WRONG = ending(State.INVALID, "wrong_number")


async def test_wrong_numbers_are_counted_once_each_and_the_third_ends_it(started: Database) -> None:
    await claim(started)
    counted = [
        await do(started, transactions.count_wrong_number, WRONG, number)
        for number in ("12", "12", "21", "12", "11", "22", "33")
    ]
    assert [each and (each.wrong_numbers, each.state.value, each.reason) for each in counted] == [
        ("12", "claimed", None),
        None,
        ("12,21", "claimed", None),
        None,
        ("12,21,11", "invalid", "wrong_number"),
        None,
        None,
    ]
    last = await found(started)
    assert (last.ended_at, last.readable_until) == (NOW + 2, READABLE_UNTIL)


@pytest.mark.parametrize("changed", [{"now": LATER}, {"enrollment_id": "other"}, {"transaction_id": "t2"}])
async def test_a_wrong_number_counts_in_time_and_by_its_holder_only(started: Database, changed: dict[str, Any]) -> None:
    assert await do(started, transactions.count_wrong_number, WRONG, "12") is None, "nobody has claimed it"
    await claim(started)
    assert await do(started, transactions.count_wrong_number, WRONG._replace(**changed), "12") is None
    await do(started, enrollments.revoke_of_profile, PROFILE_ID, reason="x", now=NOW)
    assert await do(started, transactions.count_wrong_number, WRONG, "12") is None


async def test_frame_secrets_are_listed_while_they_are_good_for_something_and_go_with_the_claim(
    started: Database,
) -> None:
    for name in "t2", "t3":
        await transactions.begin(started, TRANSACTION._replace(transaction_id=name, sealed_frame_secret=b"\x00old"))
    assert await transactions.list_sealed(started.read, after="", most=1) == [("t2", b"\x00old")]
    assert await transactions.list_sealed(started.read, after="t2", most=9) == [("t3", b"\x00old")]
    await do(started, transactions.reseal, "t2", before=b"\x00old", sealed=b"\x00new")
    await do(started, transactions.reseal, "t3", before=b"another", sealed=b"\x00new")
    assert [(await found(started, name)).sealed_frame_secret for name in ("t2", "t3")] == [b"\x00new", b"\x00old"]
    turning = await found(started, "t2")
    assert await take(started, turning, enrollment(), DOCUMENT)
    assert (await found(started, "t2")).sealed_frame_secret is None
    assert sorted(await expire(started, LATER)) == ["t1", "t2", "t3"]
    assert await transactions.list_sealed(started.read, after="", most=9) == []


async def test_stale_frames_are_counted(started: Database) -> None:
    for transaction_id in ("t1", "t1", "unknown"):
        await do(started, transactions.count_stale_frame, transaction_id)
    rows = await started.read.all("SELECT stale_frames FROM transactions")
    assert [row["stale_frames"] for row in rows] == [2]
