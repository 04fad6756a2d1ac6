"""A portal did not hear the answer to its start and asks again, with the same key."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fuzz.documented import check_documented
from tests.journeys.phones import WirePhoneOf
from tests.journeys.wire_phone import Reply, scan
from tests.portal_api.asking import START, ask, start_form, told
from tests.support.clock import MovableClock
from tests.support.openapi import PORTAL
from tests.support.server import OTHER_ID, OTHER_SECRET, OpenWorld, World
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.seeds import Seeds
from token_server.flows.seeding import ApplySeeds

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
DAY_S = 24 * 3600
COUNT = "SELECT COUNT(*) AS n FROM transactions"


async def start(world: World, key: str = KEY, **how: Any) -> Reply:
    """Start with a key."""
    form = how.pop("form", start_form(world))
    reply = await ask(world, *START, data=form, headers={"Idempotency-Key": key}, **how)
    check_documented(PORTAL, "startTransaction", reply)
    return reply


async def count(world: World) -> int:
    row = await world.base.database.read.first(COUNT)
    assert row is not None
    return int(row["n"])


async def test_the_same_start_again_gets_the_same_transaction(world: World) -> None:
    replies = [await start(world) for _ in range(4)]
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    assert await count(world) == 1


async def test_the_order_of_parameters_and_where_the_credentials_stand_are_no_part_of_the_request(world: World) -> None:
    form = start_form(world)
    backwards = dict(reversed(form.items()))
    assert (await start(world)).json == (await start(world, form={**backwards, "unknown": "ignored"})).json
    assert await count(world) == 1


@pytest.mark.parametrize("changed", [{"message": "Another"}, {"type": "quick"}, {"ip_address": "192.0.2.1"}])
async def test_another_start_with_the_same_key_is_refused(world: World, changed: dict[str, str]) -> None:
    first = await start(world)
    other = await start(world, form=start_form(world, **changed))
    assert told(other) == (422, "idempotency_key_reused", None)
    assert (await start(world)).json == first.json
    assert await count(world) == 1


async def test_another_key_and_another_portal_begin_another_transaction(world: World) -> None:
    rival: dict[str, Any] = {"credentials": (OTHER_ID, OTHER_SECRET)}
    replies = [await start(world), await start(world, "another"), await start(world, **rival)]
    assert len({reply.json["transaction_id"] for reply in replies}) == 3
    assert (await start(world, **rival)).json == replies[2].json


async def test_without_a_key_every_start_begins_one_and_nothing_is_remembered(world: World) -> None:
    assert len({(await world.start())["transaction_id"] for _ in range(3)}) == 3
    assert await world.base.database.read.all("SELECT key_hash FROM idempotency_keys") == []


async def test_a_start_that_was_refused_does_not_use_the_key_up(world: World) -> None:
    refused = await start(world, form=start_form(world, type="nonsense"))
    assert told(refused) == (404, "not_found", 3005)
    assert (await start(world)).status == 200


async def test_after_the_end_the_answer_is_still_the_same(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    first = await start(world)
    transaction_id = first.json["transaction_id"]
    document = await phone.challenge(first.json["otp"])
    phone.open(await phone.answer(transaction_id, "accept", document))
    assert (await start(world)).body == first.body
    assert (await world.result(transaction_id))["user_id"] == "alice"


async def test_where_the_code_changes_the_answer_holds_the_one_of_now(world: World) -> None:
    turning = AuthenticationType("turning", Method.OTP, 60, {}, rotation_s=1)
    base = world.base
    planting = ApplySeeds(base.database, base.clock, base.keyed_hash, base.sealer)
    await planting.apply(Seeds({}, [turning], [], [], []))
    base.configuration.forget()
    form = start_form(world, type="turning")
    first = (await start(world, form=form)).json
    world.clock.move(2)
    again = (await start(world, form=form)).json
    assert again["transaction_id"] == first["transaction_id"]
    assert scan(again["otp"])["otp"] == scan(first["otp"])["otp"]
    assert scan(again["otp"])["frame"] != scan(first["otp"])["frame"]


async def test_what_is_no_key_is_refused(world: World) -> None:
    for key in ("", " ", "x" * 256, "ключ", "é"):
        assert told(await start(world, key)) == (400, "invalid_request", 1003), key
        assert await count(world) == 0, key


async def test_strangers_learn_nothing_from_a_key(world: World) -> None:
    await start(world)
    assert told(await start(world, credentials=(OTHER_ID, "wrong"))) == (401, "invalid_client", None)


async def test_another_node_gives_the_same_answer(open_world: OpenWorld) -> None:
    clock = MovableClock()
    one, other = await open_world(clock=clock), await open_world(clock=clock)
    first = await start(one)
    again = await start(other, form=start_form(one))
    assert again.json == first.json
    assert await count(one) == 1


async def test_a_key_is_good_for_a_day_and_forgotten_then(world: World) -> None:
    first = await start(world)
    world.clock.move(DAY_S - 60)
    assert await world.server.flows.start_once.forget() == 0
    assert (await start(world)).json == first.json
    world.clock.move(61)
    assert [await world.server.flows.start_once.forget() for _ in range(2)] == [1, 0]
    assert (await start(world)).json["transaction_id"] != first.json["transaction_id"]


async def test_the_database_holds_no_key(world: World) -> None:
    await start(world)
    row = await world.base.database.read.first("SELECT client_id, key_hash, request_hash FROM idempotency_keys")
    assert row is not None
    assert KEY not in row.values()
    assert {len(row["key_hash"]), len(row["request_hash"])} == {64}
