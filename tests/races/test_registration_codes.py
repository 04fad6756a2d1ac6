"""One registration code, many redemptions: it links one device to its user, and that device once."""

from __future__ import annotations

from itertools import cycle

from tests.races.nodes import Node
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners

PROFILES = "SELECT COUNT(*) AS n FROM profiles WHERE user_id = 'alice' AND removed_at IS NULL"
GRANTS = "SELECT COUNT(*) AS n FROM grants WHERE revoked_at IS NULL"
REGISTERED = "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'user_registered'"


async def test_of_sixteen_devices_one_redeems_the_code(nodes: list[Node]) -> None:
    code = await nodes[0].registration_code()
    devices = [await nodes[0].device() for _ in SIXTEEN]
    race = [node.flows.register_user.register(d, code, "") for d, node in zip(devices, cycle(nodes), strict=False)]
    outcomes = await at_once(race)
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {"InvalidGrant": 15}
    assert [await nodes[1].count(sql) for sql in (PROFILES, GRANTS, REGISTERED)] == [1, 1, 1]
    caller = await nodes[1].flows.callers.user(winners(outcomes)[0].tokens.access_token)
    winner = next(each for each, outcome in zip(devices, outcomes, strict=True) if outcome in winners(outcomes))
    assert (caller.user_id, caller.device_id) == ("alice", winner.device_id)


async def test_the_losers_stay_out_and_the_winner_is_told_the_same_again(nodes: list[Node]) -> None:
    code = await nodes[0].registration_code()
    devices = [await nodes[0].device() for _ in range(4)]
    first = winners(await at_once(nodes[0].flows.register_user.register(each, code, "") for each in devices))
    race = [node.flows.register_user.register(each, code, "") for each in devices for node in nodes * 2]
    again = await at_once(race)
    assert {each.profile_id for each in winners(again)} == {first[0].profile_id}
    assert {each.tokens.refresh_token for each in winners(again)} == {first[0].tokens.refresh_token}
    assert len(winners(again)) == 4
    assert refusals(again) == {"InvalidGrant": 12}


async def test_a_device_that_asks_sixteen_times_at_once_gets_one_profile_and_one_grant(nodes: list[Node]) -> None:
    code, device = await nodes[0].registration_code(), await nodes[0].device()
    outcomes = await at_once(nodes[each % 2].flows.register_user.register(device, code, "") for each in SIXTEEN)
    assert refusals(outcomes) == {}
    assert len({each.profile_id for each in winners(outcomes)}) == 1
    assert len({each.tokens.refresh_token for each in winners(outcomes)}) == 1
    assert [await nodes[1].count(sql) for sql in (PROFILES, GRANTS, REGISTERED)] == [1, 1, 1]


async def test_sixteen_codes_of_one_user_on_one_device_leave_one_profile_and_one_grant(nodes: list[Node]) -> None:
    codes, device = [await nodes[0].registration_code() for _ in SIXTEEN], await nodes[0].device()
    race = [nodes[each % 2].flows.register_user.register(device, codes[each], "") for each in SIXTEEN]
    outcomes = await at_once(race)
    assert refusals(outcomes) == {}
    assert len({each.profile_id for each in winners(outcomes)}) == 1
    assert [await nodes[1].count(sql) for sql in (PROFILES, GRANTS, REGISTERED)] == [1, 1, 16]
