"""One refresh token, many uses: one rotation, the same successor for everybody; an old one ends the grant."""

from __future__ import annotations

import pytest

from tests.races.nodes import Node
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners
from token_server.domain.callers import Device
from token_server.domain.errors import InvalidGrant, NotAuthenticated

ROTATED = "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'tokens_refreshed'"
GENERATION = "SELECT MAX(generation) AS n FROM grants"
REUSED = "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'refresh_token_reused'"
LIVE = "SELECT COUNT(*) AS n FROM grants WHERE revoked_at IS NULL"


async def registered(node: Node) -> tuple[Device, str]:
    device = await node.device()
    user = await node.flows.register_user.register(device, await node.registration_code(), "")
    return device, user.tokens.refresh_token


async def test_sixteen_refreshes_at_once_are_one_rotation_with_one_successor(nodes: list[Node]) -> None:
    device, token = await registered(nodes[0])
    outcomes = await at_once(nodes[each % 2].flows.refresh_tokens.refresh(device, token) for each in SIXTEEN)
    assert refusals(outcomes) == {}
    successors = {each.refresh_token for each in winners(outcomes)}
    assert len(successors - {token}) == 1
    assert await nodes[1].count(GENERATION) == await nodes[1].count(ROTATED) == 1
    for each in winners(outcomes):  # whichever answer arrives, what it says is good
        assert (await nodes[1].flows.callers.user(each.access_token)).device_id == device.device_id
    latest = await nodes[0].flows.refresh_tokens.refresh(device, successors.pop())
    assert (await nodes[1].flows.callers.user(latest.access_token)).device_id == device.device_id


async def test_an_old_token_used_sixteen_times_at_once_ends_the_grant_once(nodes: list[Node]) -> None:
    device, old = await registered(nodes[0])
    second = await nodes[0].flows.refresh_tokens.refresh(device, old)
    third = await nodes[1].flows.refresh_tokens.refresh(device, second.refresh_token)
    outcomes = await at_once(nodes[each % 2].flows.refresh_tokens.refresh(device, old) for each in SIXTEEN)
    assert refusals(outcomes) == {"InvalidGrant": 16}
    assert (await nodes[0].count(LIVE), await nodes[0].count(REUSED)) == (0, 1)
    with pytest.raises(InvalidGrant):
        await nodes[0].flows.refresh_tokens.refresh(device, third.refresh_token)
    with pytest.raises(NotAuthenticated):
        await nodes[0].flows.callers.user(third.access_token)


async def test_thief_and_owner_with_the_newest_and_the_oldest_token_end_up_with_nothing(nodes: list[Node]) -> None:
    device, old = await registered(nodes[0])
    second = (await nodes[0].flows.refresh_tokens.refresh(device, old)).refresh_token
    newest = (await nodes[0].flows.refresh_tokens.refresh(device, second)).refresh_token
    tokens = [newest, old] * 8
    outcomes = await at_once(nodes[n % 4 // 2].flows.refresh_tokens.refresh(device, tokens[n]) for n in SIXTEEN)
    assert winners(outcomes[1::2]) == []
    assert len({each.refresh_token for each in winners(outcomes)}) <= 1
    assert (await nodes[0].count(LIVE), await nodes[0].count(REUSED)) == (0, 1)
    for each in winners(outcomes):
        with pytest.raises(InvalidGrant):
            await nodes[0].flows.refresh_tokens.refresh(device, each.refresh_token)
