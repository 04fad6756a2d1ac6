"""Refresh tokens: who may retry, for how long, and what ends a log-in."""

from __future__ import annotations

import pytest

from tests.flows.house import FlowPhone, House
from token_server.domain.errors import InvalidGrant, NotAuthenticated, UserDeregistered
from token_server.flows.removal import remove_user_from_device

WINDOW_S, TICK_S, LIFETIME_S = 10.0, 0.001, 90 * 86_400.0


async def refresh(house: House, phone: FlowPhone, token: str) -> str:
    """The successor."""
    return (await house.flows.refresh_tokens.refresh(phone.device, token)).refresh_token


async def refused(house: House, phone: FlowPhone, token: str) -> bool:
    with pytest.raises(InvalidGrant):
        await refresh(house, phone, token)
    return True


async def why_revoked(house: House) -> list[str | None]:
    return [
        row["revoked_because"] for row in await house.rows("SELECT revoked_because FROM grants ORDER BY created_at")
    ]


async def test_within_the_window_a_retry_gets_the_same_successor_as_often_as_it_likes(house: House) -> None:
    phone = await house.phone(enrolled=False)
    first = phone.tokens.refresh_token
    second = await refresh(house, phone, first)
    house.clock.move(WINDOW_S)
    assert await refresh(house, phone, first) == second
    assert await refresh(house, phone, first) == second
    assert await refresh(house, phone, second) not in {first, second}
    assert await why_revoked(house) == [None]


async def test_a_millisecond_after_the_window_the_log_in_is_over(house: House) -> None:
    phone = await house.phone(enrolled=False)
    first = phone.tokens.refresh_token
    second = await refresh(house, phone, first)
    house.clock.move(WINDOW_S + TICK_S)
    assert await refused(house, phone, first)
    assert await refused(house, phone, second)
    assert await why_revoked(house) == ["refresh_token_reused"]
    with pytest.raises(NotAuthenticated):
        await phone.caller()


async def test_a_retry_after_the_successor_was_used_is_a_theft_even_within_the_window(house: House) -> None:
    phone = await house.phone(enrolled=False)
    first = phone.tokens.refresh_token
    third = await refresh(house, phone, await refresh(house, phone, first))
    assert await refused(house, phone, first)
    assert await refused(house, phone, third)
    assert await why_revoked(house) == ["refresh_token_reused"]


async def test_the_window_opens_anew_with_each_refresh_and_not_with_a_retry(house: House) -> None:
    phone = await house.phone(enrolled=False)
    first = phone.tokens.refresh_token
    await refresh(house, phone, first)
    house.clock.move(WINDOW_S - TICK_S)
    await refresh(house, phone, first)
    house.clock.move(TICK_S * 2)
    assert await refused(house, phone, first)


async def test_a_reused_token_is_noted_once(house: House) -> None:
    phone = await house.phone(enrolled=False)
    first = phone.tokens.refresh_token
    await refresh(house, phone, first)
    house.clock.move(WINDOW_S + TICK_S)
    for _ in range(3):
        assert await refused(house, phone, first)
    find = "SELECT event FROM audit_events WHERE event = 'refresh_token_reused'"
    assert len(await house.rows(find)) == 1


async def test_a_grant_lives_so_long_after_its_last_refresh(house: House) -> None:
    phone = await house.phone(enrolled=False)
    house.clock.move(LIFETIME_S - TICK_S)
    second = await refresh(house, phone, phone.tokens.refresh_token)
    house.clock.move(LIFETIME_S)
    assert await refused(house, phone, second)
    assert await why_revoked(house) == [None]


async def test_a_made_up_token_is_refused_and_ends_nothing(house: House) -> None:
    phone = await house.phone(enrolled=False)
    token = phone.tokens.refresh_token
    for made_up in ("", "tsr_", "tsr_AAAA", token[:-1], token + "A", token.swapcase(), token.replace("tsr_", "tsc_")):
        assert await refused(house, phone, made_up)
    assert await refresh(house, phone, token)


async def test_a_user_who_was_removed_is_told_so_when_refreshing(house: House) -> None:
    phone = await house.phone(enrolled=False)

    async def remove(unit: object) -> None:
        await remove_user_from_device(
            unit,  # type: ignore[arg-type]
            "alice",
            phone.device.device_id,
            reason="removed_by_portal",
            actor="portal:shop",
            now=house.clock.now_ms(),
        )

    await house.base.database.write(remove)
    with pytest.raises(UserDeregistered):
        await refresh(house, phone, phone.tokens.refresh_token)


async def test_logging_out_twice_ends_one_session(house: House) -> None:
    phone = await house.phone(enrolled=False)
    for _ in range(2):
        await house.flows.refresh_tokens.revoke(phone.device, phone.tokens.access_token)
    [grant] = await house.rows("SELECT session, revoked_at FROM grants")
    assert grant == {"session": 1, "revoked_at": None}
