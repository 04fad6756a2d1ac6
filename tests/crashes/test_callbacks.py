"""kill -9 while the server by itself ends what nobody answered, and while a portal that was down is told later."""

from __future__ import annotations

import pytest

from tests.crashes.stage import Crash, Portal, Stage
from tests.journeys.patience import eventually

EXPIRED = "expire.ExpireTransactions._end"
POSTPONED = "callbacks.postpone"
GIVEN_UP = "callbacks.Outbox._note_given_up"
FOOTPRINT = [
    "SELECT COUNT(*) AS n FROM transactions WHERE state = 'expired' AND ended_at IS NOT NULL",
    "SELECT COUNT(*) AS n FROM callbacks",
    "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'transaction_expired'",
]
LATE_S, RETRIED_S, FORGOTTEN_S = 11, 100, 400


async def crash(stage: Stage, where: Crash, *, ahead_s: float) -> None:
    """Serve until that commit kills the server, which may be before it listens."""
    if await stage.serve(where, ahead_s=ahead_s):
        await stage.servers.ended()


async def started_and_left_alone(stage: Stage, portal: Portal) -> str:
    """Start a transaction of ten seconds; the server is killed, and nobody answers."""
    assert await stage.serve()
    transaction_id = str((await portal.start("quick"))["transaction_id"])
    await stage.servers.kill()
    return transaction_id


async def told_times(stage: Stage, transaction_id: str, times: int) -> bool:
    return stage.callbacks.count(transaction_id) == times


async def check_the_end(stage: Stage, transaction_id: str, *, posted: int) -> None:
    await stage.servers.kill()
    assert await stage.count(*FOOTPRINT) == [1, 1, 1]
    assert stage.callbacks.count(transaction_id) == len(stage.callbacks.heard) == posted


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_an_expiry_is_all_there_or_not_at_all_and_told_once(stage: Stage, portal: Portal, moment: str) -> None:
    transaction_id = await started_and_left_alone(stage, portal)
    await crash(stage, (EXPIRED, moment), ahead_s=LATE_S)
    assert await stage.count(*FOOTPRINT) == [int(moment == "after")] * 3
    assert stage.callbacks.heard == []
    assert await stage.serve(ahead_s=LATE_S)
    await stage.callbacks.wait_for(transaction_id)
    assert (await portal.result(transaction_id))["not_authenticated_reason"]["reason"] == "expired"
    await check_the_end(stage, transaction_id, posted=1)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_portal_that_was_down_is_told_after_the_crash(stage: Stage, portal: Portal, moment: str) -> None:
    transaction_id = await started_and_left_alone(stage, portal)
    stage.callbacks.status = 503
    await crash(stage, (POSTPONED, moment), ahead_s=LATE_S)
    assert stage.callbacks.count(transaction_id) == 1
    put_back = "SELECT COUNT(*) AS n FROM callbacks WHERE claimed_until = 0 AND last_result = '503'"
    assert await stage.count(put_back) == [int(moment == "after")]
    stage.callbacks.status = 204
    assert await stage.serve(ahead_s=RETRIED_S)
    await eventually(lambda: told_times(stage, transaction_id, 2))
    await check_the_end(stage, transaction_id, posted=2)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_letter_is_given_up_once_and_for_all(stage: Stage, portal: Portal, moment: str) -> None:
    transaction_id = await started_and_left_alone(stage, portal)
    stage.callbacks.status = 503
    await crash(stage, (POSTPONED, "after"), ahead_s=LATE_S)
    await crash(stage, (GIVEN_UP, moment), ahead_s=FORGOTTEN_S)
    given_up = "SELECT COUNT(*) AS n FROM callbacks WHERE given_up_at IS NOT NULL"
    assert await stage.count(given_up) == [int(moment == "after")]
    posted = 2 if moment == "after" else 3  # nobody knows of the second attempt, so there is a third
    assert await stage.serve(ahead_s=FORGOTTEN_S + RETRIED_S)
    await eventually(lambda: told_times(stage, transaction_id, posted))
    await eventually(lambda: noted(stage, GIVEN_UP))
    await check_the_end(stage, transaction_id, posted=posted)
    assert await stage.count(given_up) == [1]


async def noted(stage: Stage, boundary: str) -> bool:
    return any(line.startswith("after") and boundary in line for line in stage.commits())
