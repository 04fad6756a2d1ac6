"""One profile, many keys: one of them speaks for it in the end, and no key of ours is left over without a phone."""

from __future__ import annotations

import pytest

from tests.races.nodes import Node, OpenNodes
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners
from tests.support.clock import MovableClock
from tests.support.pgp import SequoiaPhone
from token_server.domain.callers import Caller
from token_server.flows.enrollments import Enrolled
from token_server.stores import enrollments

LIVE = "SELECT COUNT(*) AS n FROM enrollments WHERE profile_id = :id AND revoked_at IS NULL"
ALL = "SELECT COUNT(*) AS n FROM enrollments WHERE profile_id = :id"
ENROLLED = "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'enrolled'"
UNIQUE_KEYS = "SELECT COUNT(*) AS n FROM server_keys WHERE shared = 0"
LIVE_UNIQUE_KEYS = "SELECT COUNT(*) AS n FROM server_keys WHERE shared = 0 AND retired_at IS NULL"
# A live key of ours whose enrolment is over, or a live enrolment whose key is retired.
STRANDED = """
    SELECT COUNT(*) AS n FROM server_keys k JOIN enrollments e ON e.server_key_id = k.server_key_id
     WHERE k.shared = 0 AND (k.retired_at IS NULL) <> (e.revoked_at IS NULL)"""


async def two_nodes(open_nodes: OpenNodes, *, unique: bool, again: bool) -> list[Node]:
    clock = MovableClock()
    return await open_nodes(clock, clock, unique_pgp_keys_per_enrollment=unique, re_enrollment_allowed=again)


async def race(nodes: list[Node], caller: Caller, keys: list[SequoiaPhone]) -> list[Enrolled | BaseException]:
    return await at_once(nodes[n % 2].enroll(caller, key) for n, key in enumerate(keys))


async def check_keys(node: Node, *, unique: bool, stored: int) -> None:
    assert await node.count(STRANDED) == 0
    assert await node.count(UNIQUE_KEYS) == (stored if unique else 0)
    assert await node.count(LIVE_UNIQUE_KEYS) == (1 if unique else 0)


@pytest.mark.parametrize("unique", [False, True])
async def test_sixteen_keys_at_once_leave_one_live_enrolment(open_nodes: OpenNodes, *, unique: bool) -> None:
    nodes = await two_nodes(open_nodes, unique=unique, again=True)
    caller = await nodes[0].caller()
    outcomes = await race(nodes, caller, [SequoiaPhone() for _ in SIXTEEN])
    assert refusals(outcomes) == {}
    enrolled = winners(outcomes)
    assert await nodes[1].count(LIVE, id=caller.profile_id) == 1
    stored = await nodes[1].count(ALL, id=caller.profile_id)
    assert stored == len(enrolled) == await nodes[1].count(ENROLLED)
    live = await enrollments.find_live(nodes[1].base.database.read, caller.profile_id)
    assert live in [each.enrollment for each in enrolled]
    await check_keys(nodes[1], unique=unique, stored=stored)


@pytest.mark.parametrize("unique", [False, True])
async def test_where_nobody_may_enrol_again_one_of_sixteen_keys_wins(open_nodes: OpenNodes, *, unique: bool) -> None:
    nodes = await two_nodes(open_nodes, unique=unique, again=False)
    caller = await nodes[0].caller()
    outcomes = await race(nodes, caller, [SequoiaPhone() for _ in SIXTEEN])
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {"AlreadyExists": 15}
    assert await nodes[1].count(ALL, id=caller.profile_id) == await nodes[1].count(ENROLLED) == 1
    live = await enrollments.find_live(nodes[1].base.database.read, caller.profile_id)
    assert live == winners(outcomes)[0].enrollment
    await check_keys(nodes[1], unique=unique, stored=1)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("unique", [False, True])
async def test_one_key_sixteen_times_at_once_is_one_enrolment_with_one_answer(
    open_nodes: OpenNodes, *, unique: bool, again: bool
) -> None:
    nodes = await two_nodes(open_nodes, unique=unique, again=again)
    caller, key = await nodes[0].caller(), SequoiaPhone()
    outcomes = await race(nodes, caller, [key] * 16)
    assert refusals(outcomes) == {}
    told = {(each.enrollment.enrollment_id, each.server_public_key) for each in winners(outcomes)}
    assert len(told) == 1
    assert sum(each.is_new for each in winners(outcomes)) == 1
    assert await nodes[1].count(ALL, id=caller.profile_id) == await nodes[1].count(ENROLLED) == 1
    await check_keys(nodes[1], unique=unique, stored=1)


async def test_who_enrols_while_the_user_is_removed_leaves_no_enrolment_behind(open_nodes: OpenNodes) -> None:
    nodes = await two_nodes(open_nodes, unique=True, again=True)
    callers = [await nodes[0].caller(f"user-{each}") for each in range(8)]
    keys = [SequoiaPhone() for _ in callers]
    enrolments = [nodes[0].enroll(caller, key) for caller, key in zip(callers, keys, strict=True)]
    removals = [nodes[1].flows.register_user.deregister(caller) for caller in callers]
    outcomes = await at_once([*enrolments, *removals])
    assert set(refusals(outcomes)) <= {"UserDeregistered"}
    assert [await nodes[0].count(LIVE, id=caller.profile_id) for caller in callers] == [0] * 8
    assert await nodes[0].count(LIVE_UNIQUE_KEYS) == 0
