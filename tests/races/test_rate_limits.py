"""Many at once, at two nodes: a limit lets through what it says, and nobody's permit is given twice."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.races.nodes import Node, OpenNodes
from tests.races.starting_line import SIXTEEN, Meeting, at_once, refusals, winners
from tests.support.clock import FrozenClock
from token_server.database.engine import UnitOfWork
from token_server.domain.limits import Pace, Rule
from token_server.flows.rate_limits import RateLimits

NOW = 1_795_000_000_000
WHOM = "192.0.2.1"
FIND = "SELECT full_at FROM rate_limits WHERE bucket = :bucket"
SET = """
    INSERT INTO rate_limits (bucket, full_at) VALUES (:bucket, :full_at)
    ON CONFLICT (bucket) DO UPDATE SET full_at = :full_at"""


@pytest.fixture
async def still(open_nodes: OpenNodes) -> tuple[list[Node], FrozenClock]:
    """Two nodes for which time stands still."""
    clock = FrozenClock()
    return await open_nodes(clock, clock), clock


def limits_of(nodes: list[Node], per_minute: Mapping[Rule, int]) -> list[RateLimits]:
    return [
        RateLimits(node.base.database, node.base.clock, node.base.keyed_hash, node.base.telemetry, per_minute)
        for node in nodes
    ]


@pytest.mark.parametrize("per_minute", [1, 7, 19])
async def test_of_forty_eight_at_once_exactly_so_many_get_through(
    still: tuple[list[Node], FrozenClock], per_minute: int
) -> None:
    nodes, clock = still
    limits = limits_of(nodes, {Rule.WRONG_CODES: per_minute})
    for _ in range(2):
        outcomes = await at_once(limits[each % 2].spend(Rule.WRONG_CODES, WHOM) for _ in range(3) for each in SIXTEEN)
        assert len(winners(outcomes)) == per_minute
        assert refusals(outcomes) == {"Limited": 48 - per_minute}
        clock.move(61)


async def test_what_comes_back_is_given_once(still: tuple[list[Node], FrozenClock]) -> None:
    nodes, clock = still
    limits = limits_of(nodes, {Rule.WRONG_CODES: 6})
    await at_once(limits[each % 2].spend(Rule.WRONG_CODES, WHOM) for each in SIXTEEN)
    for _ in range(3):
        clock.move(10)
        outcomes = await at_once(limits[each % 2].spend(Rule.WRONG_CODES, WHOM) for each in SIXTEEN)
        assert len(winners(outcomes)) == 1


@pytest.mark.parametrize("per_minute", [100, 1300])
async def test_two_nodes_let_a_twentieth_more_through_than_one(
    still: tuple[list[Node], FrozenClock], per_minute: int
) -> None:
    limits = limits_of(still[0], {Rule.WRONG_CODES: per_minute})
    outcomes = await at_once(limits[each % 2].spend(Rule.WRONG_CODES, WHOM) for each in range(per_minute + 200))
    assert per_minute <= len(winners(outcomes)) <= per_minute * 21 / 20
    assert refusals(outcomes).keys() == {"Limited"}


async def test_many_callers_at_once_do_not_stand_in_each_others_way(still: tuple[list[Node], FrozenClock]) -> None:
    limits = limits_of(still[0], {Rule.WRONG_CODES: 2})
    race = [limits[turn % 2].spend(Rule.WRONG_CODES, f"192.0.2.{each}") for each in SIXTEEN for turn in range(4)]
    outcomes = await at_once(race)
    for each in SIXTEEN:
        assert len(winners(outcomes[each * 4 : each * 4 + 4])) == 2


async def test_looking_first_and_writing_then_lets_more_through(nodes: list[Node]) -> None:
    """Why it is one statement: on PostgreSQL a look and a write in one unit of work let many in."""
    pace = Pace.of(1)
    meeting = Meeting(nodes[0].base.database)

    async def attempt(node: Node) -> bool:
        async def story(unit: UnitOfWork) -> bool:
            row = await unit.first(FIND, bucket="a")
            await meeting.wait()
            full_at = pace.spend(0 if row is None else int(row["full_at"]), NOW)
            if full_at is not None:
                await unit.run(SET, bucket="a", full_at=full_at)
            return full_at is not None

        return await node.base.database.write(story)

    let_in = sum(winners(await at_once(attempt(nodes[each % 2]) for each in SIXTEEN)))
    assert let_in > 1 if nodes[0].base.database.engine == "postgresql" else let_in == 1
