"""Buckets in the database do what the domain says, and are forgotten when they are full."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stores.planting import do
from tests.support.engines import OpenMore
from token_server.database.engine import Database
from token_server.domain.limits import Pace
from token_server.stores import rate_limits

NOW = 1_795_000_000_000


async def test_what_is_spent_comes_back_evenly(database: Database) -> None:
    pace = Pace.of(6)
    taken = [await rate_limits.spend(database, "a", pace, now=NOW) for _ in range(8)]
    assert taken == [True] * 6 + [False] * 2
    assert await rate_limits.find(database.read, "a") == NOW + 60_000
    assert [await rate_limits.spend(database, "a", pace, now=NOW + 10_000) for _ in range(2)] == [True, False]
    assert not await rate_limits.spend(database, "a", pace, now=NOW + 19_999)
    assert await rate_limits.spend(database, "a", pace, now=NOW + 20_000)


async def test_buckets_know_nothing_of_each_other(database: Database) -> None:
    pace = Pace.of(1)
    assert [await rate_limits.spend(database, bucket, pace, now=NOW) for bucket in "aabb"] == [True, False, True, False]
    assert await rate_limits.find(database.read, "c") == 0


async def test_a_bucket_from_a_clock_that_was_ahead_starts_anew(database: Database) -> None:
    pace = Pace.of(1)
    assert await rate_limits.spend(database, "a", pace, now=NOW + 3600_000)
    assert await rate_limits.spend(database, "a", pace, now=NOW)
    assert await rate_limits.find(database.read, "a") == NOW + 60_000


async def test_full_buckets_are_forgotten_in_batches_and_others_stay(database: Database) -> None:
    for number in range(5):
        await rate_limits.spend(database, f"old {number}", Pace.of(60), now=NOW)
    await rate_limits.spend(database, "young", Pace.of(60), now=NOW + 500)
    gone = [await do(database, rate_limits.forget_full, now=NOW + 1000, most=3) for _ in range(3)]
    assert gone == [3, 2, 0]
    assert await rate_limits.find(database.read, "young") == NOW + 1500


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 5000), st.lists(st.integers(-200_000, 200_000) | st.integers(0, 100), max_size=25))
async def test_the_statement_says_what_the_domain_says(
    database_url: str, open_more: OpenMore, per_minute: int, pauses: list[int]
) -> None:
    database = await open_more(database_url)
    pace, full_at, now = Pace.of(per_minute), 0, NOW
    bucket = f"{per_minute} {pauses}"
    await do(database, rate_limits.forget_full, now=NOW * 2, most=10_000)
    for pause in pauses:
        now += pause
        expected = pace.spend(full_at, now)
        assert await rate_limits.spend(database, bucket, pace, now=now) is (expected is not None)
        full_at = full_at if expected is None else expected
        assert await rate_limits.find(database.read, bucket) == full_at
    await database.close()
