"""Registration codes: good once, for one device, for ten minutes; a lost answer can be asked for again."""

from __future__ import annotations

import pytest

from tests.flows.house import House
from token_server.domain.callers import Device
from token_server.domain.errors import InvalidGrant
from token_server.flows.profiles import RegisteredUser

LIFETIME_S, TICK_S = 600.0, 0.001


async def register(house: House, device: Device, code: str) -> RegisteredUser:
    return await house.flows.register_user.register(device, code, "read")


async def refused(house: House, device: Device, code: str) -> bool:
    with pytest.raises(InvalidGrant):
        await register(house, device, code)
    return True


async def test_a_code_is_good_to_its_last_millisecond(house: House) -> None:
    device, code = await house.device(), await house.code()
    house.clock.move(LIFETIME_S - TICK_S)
    assert (await register(house, device, code)).profile_id


async def test_a_code_is_good_no_more_when_its_time_is_over(house: House) -> None:
    device, code = await house.device(), await house.code()
    house.clock.move(LIFETIME_S)
    assert await refused(house, device, code)
    assert await house.rows("SELECT profile_id FROM profiles") == []


async def test_the_same_device_may_ask_again_and_gets_the_same_profile_and_grant(house: House) -> None:
    device, code = await house.device(), await house.code()
    first = await register(house, device, code)
    house.clock.move(LIFETIME_S - TICK_S)
    again = await register(house, device, code)
    assert (again.profile_id, again.tokens.refresh_token) == (first.profile_id, first.tokens.refresh_token)
    house.clock.move(TICK_S)
    assert await refused(house, device, code)


async def test_another_device_never_gets_a_used_code(house: House) -> None:
    device, other, code = await house.device(), await house.device(), await house.code()
    await register(house, device, code)
    assert await refused(house, other, code)
    assert len(await house.rows("SELECT profile_id FROM profiles")) == 1


async def test_who_has_refreshed_has_got_the_answer_and_may_not_ask_again(house: House) -> None:
    device, code = await house.device(), await house.code()
    registered = await register(house, device, code)
    await house.flows.refresh_tokens.refresh(device, registered.tokens.refresh_token)
    assert await refused(house, device, code)


async def test_a_revoked_grant_does_not_come_back_by_its_code(house: House) -> None:
    device, code = await house.device(), await house.code()
    registered = await register(house, device, code)
    await house.flows.refresh_tokens.revoke(device, registered.tokens.refresh_token)
    assert await refused(house, device, code)


async def test_a_newer_code_keeps_the_profile_and_replaces_the_grant(house: House) -> None:
    device = await house.device()
    first = await register(house, device, await house.code())
    second = await register(house, device, await house.code())
    assert second.profile_id == first.profile_id
    assert second.tokens.refresh_token != first.tokens.refresh_token
    with pytest.raises(InvalidGrant):
        await house.flows.refresh_tokens.refresh(device, first.tokens.refresh_token)
    await house.flows.refresh_tokens.refresh(device, second.tokens.refresh_token)


async def test_two_users_on_a_device_have_profiles_of_their_own(house: House) -> None:
    device = await house.device()
    alice = await register(house, device, await house.code("alice"))
    bob = await register(house, device, await house.code("bob"))
    assert alice.profile_id != bob.profile_id
    await house.flows.refresh_tokens.refresh(device, alice.tokens.refresh_token)


async def test_a_refused_code_is_in_the_audit_trail_without_the_code(house: House) -> None:
    device = await house.device()
    assert await refused(house, device, "tsc_made_up")
    [event] = await house.rows("SELECT detail, user_id FROM audit_events WHERE event = 'registration_code_refused'")
    assert event["user_id"] is None
    assert "tsc_" not in event["detail"]


async def test_codes_are_forgotten_a_day_after_they_expired(house: House) -> None:
    await house.code()
    house.clock.move(LIFETIME_S + 86_400)
    assert await house.flows.expire.forget_registration_codes() == 0
    house.clock.move(TICK_S)
    assert await house.flows.expire.forget_registration_codes() == 1
    assert await house.rows("SELECT code_hash FROM registration_codes") == []
