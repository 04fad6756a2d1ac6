"""Limits as one process counts them: how many get through, who waits how long, and what asking costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.clock import FrozenClock
from token_server.config.sections import LimitsSection
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.database.engine import Database, Move, Row
from token_server.domain.errors import Limited
from token_server.domain.limits import Rule
from token_server.flows.rate_limits import RateLimits
from token_server.telemetry import Telemetry

HERE, THERE = "192.0.2.1", "198.51.100.7"
ROWS = "SELECT bucket, full_at FROM rate_limits"


@dataclass
class CountingDatabase:
    """A database that counts what it is asked to change."""

    database: Database
    moves: int = 0

    async def move(self, move: Move) -> list[Row]:
        self.moves += 1
        return await self.database.move(move)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the database has
        return getattr(self.database, name)


@dataclass
class Counter:
    """Limits of one process, with what they ask of the database."""

    limits: RateLimits
    database: CountingDatabase
    clock: FrozenClock
    telemetry: Telemetry

    async def passed(self, times: int, whom: str = HERE, rule: Rule = Rule.UNKNOWN_VIEWS) -> int:
        return sum([await self.passes(whom, rule) for _ in range(times)])

    async def passes(self, whom: str = HERE, rule: Rule = Rule.UNKNOWN_VIEWS) -> bool:
        try:
            await self.limits.spend(rule, whom)
        except Limited:
            return False
        return True

    async def wait_s(self, whom: str = HERE, rule: Rule = Rule.UNKNOWN_VIEWS) -> int:
        with pytest.raises(Limited) as caught:
            await self.limits.spend(rule, whom)
        return caught.value.retry_after_s


@pytest.fixture
def counting(database: Database) -> Callable[..., Counter]:
    clock = FrozenClock()

    def make(per_minute: int) -> Counter:
        counted, telemetry = CountingDatabase(database), Telemetry()
        limits = RateLimits(counted, clock, KeyedHash(bytes(32)), telemetry, dict.fromkeys(Rule, per_minute))
        return Counter(limits, counted, clock, telemetry)

    return make


async def test_a_small_limit_is_exact_and_who_waits_as_told_gets_through(counting: Callable[..., Counter]) -> None:
    one = counting(6)
    assert await one.passed(20) == 6
    for _ in range(5):
        wait_s = await one.wait_s()
        assert wait_s == 10
        one.clock.move(wait_s)
        assert [await one.passes() for _ in range(2)] == [True, False]


async def test_a_refusal_is_counted_and_says_what_was_too_many(counting: Callable[..., Counter]) -> None:
    one = counting(1)
    assert await one.passed(4) == 1
    assert b'token_server_limited_total{limit="unknown_views"} 3.0' in one.telemetry.exposition()
    with pytest.raises(Limited, match=r"^Too many unknown views; come back in 60 s$"):
        await one.limits.spend(Rule.UNKNOWN_VIEWS, HERE)


async def test_who_behaves_never_causes_a_write(counting: Callable[..., Counter]) -> None:
    one = counting(600)
    for _ in range(200):  # 30 at once and then one in two seconds are a process's own to give
        assert await one.passes()
        one.clock.move(2)
    assert await one.passed(29) == 29
    assert one.database.moves == 0


async def test_a_page_that_polls_as_often_as_it_may_never_causes_a_write(counting: Callable[..., Counter]) -> None:
    one = counting(LimitsSection().view_requests)
    for _ in range(300):
        assert await one.passes(rule=Rule.VIEW_REQUESTS)
        one.clock.move(1)
    assert one.database.moves == 0


async def test_a_busy_portal_causes_few_writes(counting: Callable[..., Counter]) -> None:
    one = counting(600_000)
    for _ in range(30):
        assert await one.passed(1000) == 1000
        one.clock.move(0.1)
    assert one.database.moves <= 2
    before = one.database.moves
    for _ in range(20):  # what the process may give by itself is used up: a thousand permits a question
        assert await one.passed(1000) == 1000
        one.clock.move(0.1)
    assert one.database.moves - before <= 20


async def test_a_process_that_knows_of_an_empty_bucket_does_not_ask_again(counting: Callable[..., Counter]) -> None:
    one = counting(3)
    assert await one.passed(3) == 3
    assert not await one.passes()
    asked = one.database.moves
    assert await one.passed(100) == 0
    assert one.database.moves == asked
    with pytest.raises(Limited):
        one.limits.refuse_if_spent(Rule.UNKNOWN_VIEWS, HERE)
    one.clock.move(20)
    one.limits.refuse_if_spent(Rule.UNKNOWN_VIEWS, HERE)
    one.limits.refuse_if_spent(Rule.UNKNOWN_VIEWS, THERE)


@pytest.mark.parametrize("per_minute", [19, 20, 100, 599, 1300, 5000])
async def test_one_process_lets_no_more_through_than_the_limit(
    counting: Callable[..., Counter], per_minute: int
) -> None:
    one = counting(per_minute)
    passed = await one.passed(per_minute + 50)
    assert per_minute * 0.99 <= passed <= per_minute
    one.clock.move(60)
    assert await one.passed(per_minute + 50) <= per_minute


async def test_a_limit_that_is_lost_to_nobody_slows_nobody_who_keeps_to_it(counting: Callable[..., Counter]) -> None:
    """Permits that were taken together and not used are lost; they must not be missed."""
    nodes = [counting(6000) for _ in range(4)]
    for turn in range(3000):  # 80 a second of the 100 allowed, over four processes
        assert await nodes[turn % 4].passes()
        nodes[0].clock.move(0.0125)


async def test_zero_is_no_limit(counting: Callable[..., Counter]) -> None:
    one = counting(0)
    assert await one.passed(500) == 500
    assert one.database.moves == 0


async def test_callers_and_rules_have_buckets_of_their_own_and_the_table_names_nobody(
    counting: Callable[..., Counter], database: Database
) -> None:
    one = counting(1)
    for rule in (Rule.UNKNOWN_VIEWS, Rule.FAILED_CREDENTIALS):
        for whom in (HERE, THERE):
            assert await one.passed(3, whom, rule) == 1
    rows = await database.read.all(ROWS)
    assert len(rows) == 4
    assert not any(HERE in row["bucket"] or THERE in row["bucket"] for row in rows)
    assert {row["bucket"].partition(":")[0] for row in rows} == {"unknown_views", "failed_credentials"}


async def test_what_is_full_again_is_forgotten_here_and_in_the_database(
    counting: Callable[..., Counter], database: Database
) -> None:
    one = counting(2)
    await one.passed(3, HERE)
    one.clock.move(40)
    await one.passed(1, THERE)
    assert await one.limits.forget() == 0
    one.clock.move(21)
    assert [await one.limits.forget() for _ in range(2)] == [1, 0]
    assert len(await database.read.all(ROWS)) == 1
    assert await one.passed(3, HERE) == 2


async def test_a_clock_that_is_set_back_locks_nobody_out(counting: Callable[..., Counter]) -> None:
    one = counting(2)
    one.clock.move(7200)
    assert await one.passed(5) == 2
    one.clock.move(-7200)
    assert await one.passed(5) == 2


class TickingClock(FrozenClock):
    """A clock that is never read twice at the same moment."""

    def now_ms(self) -> int:
        self.move(0.001)
        return super().now_ms()


async def test_a_node_whose_clock_is_behind_gives_no_permit_away(database: Database) -> None:
    keyed_hash, telemetry = KeyedHash(bytes(32)), Telemetry()
    ahead, behind = TickingClock(), TickingClock()
    ahead.move(0.5)
    nodes = [
        RateLimits(database, clock, keyed_hash, telemetry, {Rule.WRONG_CODES: 1}) for clock in (ahead, behind, behind)
    ]
    await nodes[0].spend(Rule.WRONG_CODES, HERE)
    for node in nodes[1:]:
        with pytest.raises(Limited) as caught:
            await node.spend(Rule.WRONG_CODES, HERE)
        assert caught.value.retry_after_s == 60
