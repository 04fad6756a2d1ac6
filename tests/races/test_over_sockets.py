"""The same races from outside: sixteen requests over sockets to two running servers on one database."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack

from tests.journeys.wire_phone import Reply, WirePhone, scan
from tests.races.starting_line import SIXTEEN, at_once, winners
from tests.support.server import OpenWorld, World

ENDS = "SELECT COUNT(*) AS n FROM audit_events WHERE transaction_id = :id AND event = 'transaction_accepted'"


async def two_worlds(open_world: OpenWorld) -> list[World]:
    first = await open_world()
    return [first, await open_world(clock=first.clock)]


async def enrolled(closing: AsyncExitStack, world: World, user_id: str) -> WirePhone:
    phone = await closing.enter_async_context(WirePhone(world.url))
    await phone.register(await world.registration_code(user_id))
    assert (await phone.enroll()).status == 201
    return phone


def statuses(replies: list[Reply | BaseException]) -> dict[int, int]:
    assert len(winners(replies)) == len(replies), replies
    return dict(Counter(reply.status for reply in winners(replies)))


async def test_one_of_sixteen_scans_wins_accepts_and_the_portal_hears_of_it_once(open_world: OpenWorld) -> None:
    worlds = await two_worlds(open_world)
    async with AsyncExitStack() as closing:
        phones = [await enrolled(closing, worlds[each % 2], f"user-{each}") for each in range(4)]
        started = await worlds[0].start()
        claims = await at_once(phones[each % 4].claim(started["otp"]) for each in SIXTEEN)
        assert statuses(claims) == {200: 4, 404: 12}
        winner = next(each for each in range(4) if not isinstance(claims[each], BaseException) and ok(claims[each]))
        documents = [phones[winner].open(reply)["challenge_document"] for reply in winners(claims[winner::4])]
        assert len(documents) == 4
        assert len(set(documents)) == 1
        transaction_id = scan(started["otp"])["transaction_id"]
        race = [phones[winner].answer(transaction_id, "accept", documents[0]) for _ in SIXTEEN]
        answers = await at_once(race)
        assert statuses(answers) == {200: 16}
        assert {phones[winner].open(reply)["verdict"] for reply in winners(answers)} == {"accepted"}
        await worlds[0].callbacks.wait_for(transaction_id)
        for world in worlds:  # both have looked into the outbox since
            assert (await world.result(transaction_id))["user_id"] == f"user-{winner}"
            assert await world.server.flows.outbox.take(16) == []
        row = await worlds[1].base.database.read.first(ENDS, id=transaction_id)
        assert row is not None
        assert row["n"] == worlds[0].callbacks.count(transaction_id) == 1


async def test_one_code_and_one_refresh_token_have_one_use_each_whichever_server_is_asked(
    open_world: OpenWorld,
) -> None:
    worlds = await two_worlds(open_world)
    async with AsyncExitStack() as closing:
        phones = [await closing.enter_async_context(WirePhone(worlds[each % 2].url)) for each in range(4)]
        for phone in phones:
            assert (await phone.register_device()).status == 201
        code = await worlds[0].registration_code()
        redeemed = await at_once(phones[each % 4].redeem(code) for each in SIXTEEN)
        assert statuses(redeemed) == {200: 4, 400: 12}
        phone = next(each for each in phones if each.access_token)
        twin = await closing.enter_async_context(WirePhone(worlds[1].url))
        twin.device_id, twin.device_secret = phone.device_id, phone.device_secret
        token = phone.refresh_token
        refreshed = await at_once([phone, twin][each % 2].refresh(token) for each in SIXTEEN)
        assert statuses(refreshed) == {200: 16}
        successors = {reply.json["refresh_token"] for reply in winners(refreshed)}
        assert len(successors - {token}) == 1
        assert (await twin.refresh(successors.pop())).status == 200
        assert (await phone.refresh(token)).status == 400
        assert (await phone.enroll()).problem == (401, "not_authenticated")


def ok(reply: Reply | BaseException) -> bool:
    return isinstance(reply, Reply) and reply.status == 200
