"""What costs a permit, and whose it is: the caller's own mistakes, and never another's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.flows.house import House, a_house
from tests.support.server import (
    NO_HASTE,
    OTHER_ID,
    OTHER_SECRET,
    PORTAL_ID,
    PORTAL_SECRET,
    ROTATING,
    add_type,
)
from token_server.domain.api_clients import ApiClient
from token_server.domain.errors import InvalidGrant, Limited, NotAuthenticated, StaleFrame, TransactionNotFound

HERE, THERE = "192.0.2.1", "198.51.100.7"
ROWS = "SELECT bucket, full_at FROM rate_limits"
OpenHouse = Callable[..., Awaitable[House]]


@pytest.fixture
async def open_house(database_url: str, tmp_path: Path) -> AsyncIterator[OpenHouse]:
    """Opens a house in which nobody meets a limit but the named ones."""
    async with AsyncExitStack() as closing:

        async def open_one(**limits: int) -> House:
            return await closing.enter_async_context(a_house(database_url, tmp_path, replace(NO_HASTE, **limits)))

        yield open_one


async def failures(house: House, address: str, times: int) -> list[str]:
    """What strangers with wrong credentials hear, by the name of the error."""
    heard = []
    for turn in range(times):
        kind = house.flows.callers.device if turn % 2 else house.flows.callers.api_client
        with pytest.raises((NotAuthenticated, Limited)) as caught:
            await kind(PORTAL_ID, "a guess", address=address)
        heard.append(type(caught.value).__name__)
    return heard


async def test_wrong_credentials_count_for_the_address_and_right_ones_are_always_let_in(open_house: OpenHouse) -> None:
    house = await open_house(failed_credentials=3)
    assert await failures(house, HERE, 6) == ["NotAuthenticated"] * 3 + ["Limited"] * 3
    for address in (HERE, THERE):
        client = await house.flows.callers.api_client(PORTAL_ID, PORTAL_SECRET, address=address)
        assert client.client_id == PORTAL_ID
    assert await failures(house, THERE, 3) == ["NotAuthenticated"] * 3


async def test_right_credentials_cost_the_address_nothing(open_house: OpenHouse) -> None:
    house = await open_house(failed_credentials=1)
    for _ in range(10):
        await house.flows.callers.api_client(PORTAL_ID, PORTAL_SECRET, address=HERE)
    assert await failures(house, HERE, 2) == ["NotAuthenticated", "Limited"]


async def test_one_portals_requests_are_not_anothers(open_house: OpenHouse) -> None:
    house = await open_house(client_requests=2)

    async def call(client_id: str) -> ApiClient:
        secret = PORTAL_SECRET if client_id == PORTAL_ID else OTHER_SECRET
        return await house.flows.callers.api_client(client_id, secret, address=HERE)

    for _ in range(2):
        await call(PORTAL_ID)
    with pytest.raises(Limited):
        await call(PORTAL_ID)
    assert (await call(OTHER_ID)).client_id == OTHER_ID
    await failures(house, HERE, 20)  # in the portal's name, and at no cost for it
    house.clock.move(30)
    assert (await call(PORTAL_ID)).client_id == PORTAL_ID


async def test_codes_that_are_refused_count_for_the_device_and_for_nobody_else(open_house: OpenHouse) -> None:
    house = await open_house(wrong_codes=3)
    guesser, honest = await house.phone("mallory"), await house.phone("alice")
    started = await house.start()
    wrong = guesser.seal({"transaction_id": started.transaction_id, "otp": "A" * 22, "nonce": "n"})
    for _ in range(3):
        with pytest.raises(TransactionNotFound):
            await house.flows.claim.claim(await guesser.caller(), wrong)
    for _ in range(2):
        with pytest.raises(Limited):
            await house.flows.claim.claim(await guesser.caller(), wrong)
    with pytest.raises(Limited):  # nor with a right one: on the device that guesses, it would be one more guess
        await guesser.claim(started.otp)
    assert await honest.claim(started.otp)
    house.clock.move(20)
    assert await guesser.claim((await house.start()).otp)


async def test_codes_that_are_too_old_count_too(open_house: OpenHouse) -> None:
    house = await open_house(wrong_codes=2)
    await add_type(house.base, ROTATING)
    phone, started = await house.phone(), await house.start("rotating")
    house.clock.move(10)
    for refusal in (StaleFrame, StaleFrame, Limited):
        with pytest.raises(refusal):
            await phone.claim(started.otp)


async def test_claiming_again_and_what_is_over_count_as_nothing(open_house: OpenHouse) -> None:
    house = await open_house(wrong_codes=1)
    phone = await house.phone()
    started = await house.start()
    assert len({await phone.claim(started.otp) for _ in range(10)}) == 1
    document = await phone.claim(started.otp)
    assert {await phone.answer(started.transaction_id, "accept", document) for _ in range(10)} == {"accepted"}
    assert await house.rows(ROWS) == []


async def test_registration_codes_that_are_refused_count_for_device_and_address(open_house: OpenHouse) -> None:
    house = await open_house(wrong_codes=2, failed_credentials=5)

    async def guess(device_address: str) -> str:
        device = replace(await house.device(), address=device_address)
        heard = []
        for _ in range(3):
            with pytest.raises((InvalidGrant, Limited)) as caught:
                await house.flows.register_user.register(device, "tsc_guess", "read")
            heard.append(type(caught.value).__name__)
        return " ".join(heard)

    # Each device may be wrong twice. The address may be wrong five times, with as many devices as it likes.
    heard = [await guess(HERE) for _ in range(4)]
    assert heard[:2] == ["InvalidGrant InvalidGrant Limited"] * 2
    assert heard[2:] == ["InvalidGrant Limited Limited", "Limited Limited Limited"]
    assert await guess(THERE) == "InvalidGrant InvalidGrant Limited"
    honest = replace(await house.device(), address=HERE)
    registered = await house.flows.register_user.register(honest, await house.code(), "read")
    assert registered.profile_id


async def test_a_lost_answer_that_is_asked_for_again_counts_as_nothing(open_house: OpenHouse) -> None:
    house = await open_house(wrong_codes=1, failed_credentials=1)
    device, code = await house.device(), await house.code()
    for _ in range(5):
        await house.flows.register_user.register(device, code, "read")
    assert await house.rows(ROWS) == []
