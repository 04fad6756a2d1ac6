"""At the doors: too often is told in each channel's own way, and who waits as he is told gets in again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import ClientSession

from tests.fuzz.documented import check_documented
from tests.journeys.phones import WirePhoneOf
from tests.journeys.wire_phone import DEVICE, Reply, WirePhone
from tests.portal_api.asking import RESULT, ask, start, told
from tests.support.browser import open_view
from tests.support.openapi import BROWSER, MOBILE, PORTAL
from tests.support.server import NO_HASTE, PORTAL_ID, OpenWorld, World
from tests.support.server import PORTAL as SHOP

PROXY = ("127.0.0.1/32",)
GUESS = (PORTAL_ID, "a guess")


def from_address(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


async def guess(world: World, address: str = "203.0.113.7") -> Reply:
    """One portal's id with a wrong secret, from somewhere."""
    return await ask(world, *RESULT, credentials=GUESS, headers=from_address(address))


async def refused_until(world: World, attempt: Callable[[], Awaitable[Reply]], *, allowed: int, good: int) -> Reply:
    """Try until refused, wait as told, try again; the refusal, which came after as many as are allowed."""
    replies = [await attempt() for _ in range(allowed + 1)]
    assert [reply.status for reply in replies] == [good] * allowed + [429]
    refusal = replies[-1]
    world.clock.move(int(refusal.headers["Retry-After"]))
    assert (await attempt()).status == good
    return refusal


async def test_a_portal_that_calls_too_often_is_told_when_to_come_back(open_world: OpenWorld) -> None:
    world = await open_world(limits=replace(NO_HASTE, client_requests=3))
    refusal = await refused_until(world, lambda: start(world), allowed=3, good=200)
    assert told(refusal) == (429, "slow_down", None)
    assert refusal.json["error_description"] == f"Too many client requests; come back in {_wait_s(refusal)} s"
    assert 19 <= _wait_s(refusal) <= 20
    check_documented(PORTAL, "startTransaction", refusal)


async def test_the_device_api_says_it_in_its_own_form(open_world: OpenWorld) -> None:
    world = await open_world(limits=replace(NO_HASTE, client_requests=1))
    refusal = await refused_until(world, lambda: ask(world, "GET", "/users/alice/devices"), allowed=1, good=404)
    assert (refusal.json["code"], refusal.json["details"]) == ("slow_down", [])
    check_documented(PORTAL, "listDevices", refusal)


async def test_wrong_credentials_of_a_portal_are_limited_for_their_address(open_world: OpenWorld) -> None:
    world = await open_world(limits=replace(NO_HASTE, failed_credentials=3), trusted_proxies=PROXY)
    refusal = await refused_until(world, lambda: guess(world), allowed=3, good=401)
    assert told(refusal) == (429, "slow_down", None)


async def test_strangers_cannot_lock_a_portal_out_not_even_from_its_own_address(open_world: OpenWorld) -> None:
    world = await open_world(limits=replace(NO_HASTE, failed_credentials=3), trusted_proxies=PROXY)
    here, there = "203.0.113.7", "2001:db8::1"
    for address in (there, here):
        assert [(await guess(world, address)).status for _ in range(8)] == [401] * 3 + [429] * 5
        for mine in (here, there):
            assert (await ask(world, *RESULT, headers=from_address(mine))).status == 404
            assert (await start(world)).status == 200


async def test_who_makes_an_address_up_counts_as_who_he_is(open_world: OpenWorld) -> None:
    world = await open_world(limits=replace(NO_HASTE, failed_credentials=3), trusted_proxies=PROXY)
    made_up = [await guess(world, f"198.51.100.{each}, 203.0.113.7") for each in range(6)]
    assert [reply.status for reply in made_up] == [401] * 3 + [429] * 3


async def test_without_a_trusted_proxy_nobody_is_believed(open_world: OpenWorld) -> None:
    world = await open_world(limits=replace(NO_HASTE, failed_credentials=3))
    made_up = [await guess(world, f"198.51.100.{each}") for each in range(6)]
    assert [reply.status for reply in made_up] == [401] * 3 + [429] * 3
    assert (await start(world)).status == 200


async def test_apps_that_register_are_limited_for_their_address(open_world: OpenWorld) -> None:
    world = await open_world(limits=replace(NO_HASTE, device_registrations=2), trusted_proxies=PROXY)
    async with WirePhone(world.url) as phone:

        async def register(address: str = "203.0.113.7") -> Reply:
            return await phone.send("POST", "/oauth/register", json=DEVICE, headers=from_address(address))

        refusal = await refused_until(world, register, allowed=2, good=201)
        assert refusal.problem == (429, "limited")
        assert refusal.json["retry_after_s"] == _wait_s(refusal) == 30
        check_documented(MOBILE, "registerDevice", refusal)
        assert (await register()).status == 429
        assert (await register("203.0.113.8")).status == 201


async def test_a_device_that_calls_too_often_waits_and_no_other(
    open_world: OpenWorld, wire_phone_of: WirePhoneOf
) -> None:
    world = await open_world(limits=replace(NO_HASTE, device_requests=6))
    hasty, calm = await wire_phone_of(world, "hasty"), await wire_phone_of(world, "calm")
    # Two requests went into the enrolment.
    refusal = await refused_until(world, lambda: _current(hasty), allowed=4, good=200)
    assert refusal.problem == (429, "limited")
    check_documented(MOBILE, "currentEnrollment", refusal)
    assert (await _current(hasty)).status == 429
    token = await hasty.refresh()
    assert (token.status, token.json["error"], token.json["code"]) == (429, "slow_down", "limited")
    check_documented(MOBILE, "refreshTokens", token)
    assert (await _current(calm)).status == 200


async def test_a_device_that_presents_many_wrong_codes_waits(open_world: OpenWorld, wire_phone_of: WirePhoneOf) -> None:
    world = await open_world(limits=replace(NO_HASTE, wrong_codes=2))
    phone, honest = await wire_phone_of(world, "guesser"), await wire_phone_of(world, "honest")
    started = await world.start()
    wrong = await refused_until(world, lambda: phone.claim(started["otp"], otp="A" * 22), allowed=2, good=404)
    assert wrong.problem == (429, "limited")
    check_documented(MOBILE, "claimTransaction", wrong)
    assert await honest.challenge(started["otp"])


async def test_registration_codes_that_are_refused_are_limited(
    open_world: OpenWorld, wire_phone_of: WirePhoneOf
) -> None:
    world = await open_world(limits=replace(NO_HASTE, wrong_codes=2))
    phone = await wire_phone_of(world, enrolled=False)
    refusal = await refused_until(world, lambda: phone.redeem("tsc_guess"), allowed=2, good=400)
    check_documented(MOBILE, "completeRegistration", refusal)
    world.clock.move(30)
    assert (await phone.redeem(await world.registration_code("bob"))).status == 200


async def test_an_access_token_that_has_run_out_is_no_wrong_guess(
    open_world: OpenWorld, wire_phone_of: WirePhoneOf
) -> None:
    world = await open_world(limits=replace(NO_HASTE, failed_credentials=1))
    phone = await wire_phone_of(world)
    world.clock.move(3600)
    assert {(await _current(phone)).status for _ in range(5)} == {401}
    assert (await phone.refresh()).status == 200


async def test_view_tokens_that_nobody_knows_are_limited_and_a_good_one_opens_all_the_same(
    open_world: OpenWorld,
) -> None:
    world = await open_world(limits=replace(NO_HASTE, unknown_views=2))
    url = (await open_view(world, (await world.start())["transaction_id"]))["view_url"]
    async with ClientSession() as http:

        async def look(at: str, origin: str = "https://anywhere.example") -> Reply:
            async with http.get(at, headers={"Origin": origin}) as response:
                return Reply(response.status, response.headers, await response.read())

        refusal = await refused_until(world, lambda: look(f"{world.url}/view/tsv_guess"), allowed=2, good=404)
        assert refusal.problem == (429, "limited")
        assert refusal.headers["Access-Control-Allow-Origin"] == "*"
        check_documented(BROWSER, "pollView", refusal)
        for path in ("", "/events", "/qr.svg", "/qr.png"):
            assert (await look(f"{world.url}/view/tsv_guess{path}")).status == 429
        assert [(await look(url)).status for _ in range(5)] == [200] * 5


async def test_who_asks_too_often_with_one_view_token_waits_and_no_other_page(open_world: OpenWorld) -> None:
    world = await open_world(limits=replace(NO_HASTE, view_requests=3))
    transaction_id = (await world.start())["transaction_id"]
    hasty, calm = [(await open_view(world, transaction_id))["view_url"] for _ in range(2)]
    async with ClientSession(headers={"Origin": SHOP.origin}) as http:

        async def look(at: str = hasty) -> Reply:
            async with http.get(at) as response:
                return Reply(response.status, response.headers, await response.read())

        refusal = await refused_until(world, look, allowed=3, good=200)
        assert refusal.problem == (429, "limited")
        assert refusal.json["detail"] == f"Too many view requests; come back in {_wait_s(refusal)} s"
        check_documented(BROWSER, "pollView", refusal)
        again = [await look(f"{hasty}{path}") for path in ("", "/events", "/qr.svg", "/qr.png")]
        for reply in (refusal, *again):  # the page can read for how long it has to wait
            assert (reply.status, _wait_s(reply) in (19, 20)) == (429, True)
            assert reply.headers["Access-Control-Allow-Origin"] in ("*", SHOP.origin)
            assert "Retry-After" in reply.headers["Access-Control-Expose-Headers"]
        assert [(await look(calm)).status for _ in range(3)] == [200] * 3


async def _current(phone: WirePhone) -> Reply:
    return await phone.send("GET", "/mobile/v1/enrollments/current", headers=phone.bearer)


def _wait_s(refusal: Reply) -> int:
    return int(refusal.headers["Retry-After"])
