"""Limits as the flows count them: what costs a permit, whose it is, and what asking costs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.flows.house import House, a_house
from tests.support.clock import FrozenClock
from tests.support.server import NO_HASTE, PORTAL_ID, PORTAL_SECRET
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.database.engine import Database, Move, Row
from token_server.domain.api_clients import ApiClient
from token_server.domain.errors import InvalidGrant, Limited, NotAuthenticated, TransactionNotFound
from token_server.domain.limits import Rule
from token_server.flows.rate_limits import RateLimits
from token_server.telemetry import Telemetry

HERE, THERE = "192.0.2.1", "198.51.100.7"
ROWS = "SELECT bucket, full_at FROM rate_limits"
OpenHouse = Callable[..., Awaitable[House]]


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


@pytest.fixture
async def open_house(database_url: str, tmp_path: Path) -> AsyncIterator[OpenHouse]:
    """Opens a house in which nobody meets a limit but the named ones."""
    async with AsyncExitStack() as closing:

        async def open_one(**limits: int) -> House:
            return await closing.enter_async_context(a_house(database_url, tmp_path, replace(NO_HASTE, **limits)))

        yield open_one


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


# ── What counts, and for whom ────────────────────────────────────────────────────────────────────────────────────────


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
        secret = PORTAL_SECRET if client_id == PORTAL_ID else "rival-secret-0123456789abcdef012345678"
        return await house.flows.callers.api_client(client_id, secret, address=HERE)

    for _ in range(2):
        await call(PORTAL_ID)
    with pytest.raises(Limited):
        await call(PORTAL_ID)
    assert (await call("rival")).client_id == "rival"
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
