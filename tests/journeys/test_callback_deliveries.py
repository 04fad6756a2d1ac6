"""A portal looks at its delivery log, asks to be called once more, and tries its addresses, all over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, encode_basic_auth
from standardwebhooks import Webhook

from tests.journeys.letters import LONGEST_DELAY_S, after_attempt, ended_login, free_port, let_time_pass
from tests.journeys.patience import eventually
from tests.journeys.phones import WirePhoneOf
from tests.support.portal import CallbackReceiver
from tests.support.server import API, OTHER_ID, OTHER_SECRET, PORTAL_ID, World, a_world, settings_for

RETENTION_S = 300
NOT_YET = {"error": "not_found", "error_code": 3004}


async def ask(world: World, method: str, path: str, **how: Any) -> dict[str, Any]:
    async with world.portal.request(method, API + path, **how) as response:
        body: dict[str, Any] = await response.json()
        body.pop("error_description", None)
        return {"status": response.status, **body}


async def log_of(world: World, transaction_id: str) -> dict[str, Any]:
    return await ask(world, "GET", f"/authenticate/transaction/{transaction_id}/callback")


async def retry(world: World, transaction_id: str) -> dict[str, Any]:
    return await ask(world, "POST", f"/authenticate/transaction/{transaction_id}/callback/retry")


async def try_out(world: World, callback_uri: str | None = None) -> dict[str, Any]:
    form = {"callback_uri": world.callbacks.url if callback_uri is None else callback_uri}
    return await ask(world, "POST", "/callbacks/test", data=form)


async def log_in_state(world: World, transaction_id: str, state: str) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        found = await log_of(world, transaction_id)
        return found if found.get("state") == state else {}

    return await eventually(look)


async def events(world: World, event: str) -> list[dict[str, Any]]:
    sql = "SELECT actor, transaction_id, detail FROM audit_events WHERE event = :event"
    return [dict(row) for row in await world.base.database.read.all(sql, event=event)]


@asynccontextmanager
async def as_rival(world: World) -> AsyncIterator[World]:
    headers = {"Authorization": encode_basic_auth(OTHER_ID, OTHER_SECRET)}
    async with ClientSession(world.url, headers=headers) as session:
        yield replace(world, portal=session)


async def test_the_log_tells_of_failures_and_of_the_success(world: World, wire_phone_of: WirePhoneOf) -> None:
    world.callbacks.status = 503
    transaction_id = await ended_login(world, wire_phone_of)
    await after_attempt(world, transaction_id, 1)
    waiting = await log_of(world, transaction_id)
    assert (waiting["status"], waiting["state"], waiting["callback_uri"]) == (200, "waiting", world.callbacks.url)
    assert waiting["created_at"] <= waiting["attempts"][0]["attempted_at"] < waiting["next_attempt_at"]
    assert not waiting.keys() & {"delivered_at", "given_up_at"}
    world.callbacks.status = 204
    let_time_pass(world, LONGEST_DELAY_S)
    told = await log_in_state(world, transaction_id, "delivered")
    assert [(each["attempt"], each["result"], each["delivered"]) for each in told["attempts"]] == [
        (1, "503", False),
        (2, "204", True),
    ]
    assert told["delivered_at"] == told["attempts"][1]["attempted_at"]
    assert "next_attempt_at" not in told


async def test_an_open_transaction_has_no_callback_yet_and_anybody_elses_none_at_all(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    opened = str((await world.start())["transaction_id"])
    ended = await ended_login(world, wire_phone_of)
    await log_in_state(world, ended, "delivered")
    async with as_rival(world) as rival:
        for portal, transaction_id in ((world, opened), (world, "nothing"), (rival, ended), (rival, opened)):
            assert await log_of(portal, transaction_id) == {"status": 404, **NOT_YET}
            assert await retry(portal, transaction_id) == {"status": 404, **NOT_YET}
    assert world.callbacks.count(ended) == 1
    assert await events(world, "callback_retried") == []


async def test_a_delivered_callback_is_told_once_more_under_its_id(world: World, wire_phone_of: WirePhoneOf) -> None:
    transaction_id = await ended_login(world, wire_phone_of)
    await log_in_state(world, transaction_id, "delivered")
    world.clock.move(5)
    assert await retry(world, transaction_id) == {
        "status": 202,
        "transaction_id": transaction_id,
        "state": "waiting",
    }
    told = await log_in_state(world, transaction_id, "delivered")
    assert [(each["attempt"], each["delivered"]) for each in told["attempts"]] == [(1, True), (2, True)]
    first, second = world.callbacks.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) >= 5
    assert first.raw == second.raw
    [event] = await events(world, "callback_retried")
    assert (event["actor"], event["transaction_id"]) == (f"portal:{PORTAL_ID}", transaction_id)


async def test_a_callback_that_was_given_up_is_tried_once_more_long_after_its_result_is_forgotten(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    world.callbacks.status = 503
    transaction_id = await ended_login(world, wire_phone_of)
    await after_attempt(world, transaction_id, 1)
    let_time_pass(world, RETENTION_S)
    await log_in_state(world, transaction_id, "given_up")
    assert (await world.result(transaction_id))["status"] == 404
    assert (await retry(world, transaction_id))["status"] == 202
    await after_attempt(world, transaction_id, 3)
    assert (await log_of(world, transaction_id))["state"] == "given_up"
    world.callbacks.status = 204
    assert (await retry(world, transaction_id))["status"] == 202
    told = await log_in_state(world, transaction_id, "delivered")
    assert [each["result"] for each in told["attempts"]] == ["503", "503", "503", "204"]
    assert world.callbacks.count(transaction_id) == 4


async def test_a_test_call_is_a_call_like_every_other_but_for_its_id(world: World) -> None:
    secret = (await world.server.flows.callbacks.secrets.show(PORTAL_ID))[0].text
    guarded = f"{world.callbacks.url}-guarded"
    trial = await try_out(world, guarded)
    assert trial.keys() == {"status", "webhook_id", "result", "delivered", "took_ms"}
    assert (trial["status"], trial["result"], trial["delivered"]) == (200, "204", True)
    assert 0 <= trial["took_ms"] < 5_000
    [heard] = world.callbacks.heard
    assert heard.headers["webhook-id"] == trial["webhook_id"]
    assert trial["webhook_id"].startswith("test_")
    assert heard.headers["Authorization"] == encode_basic_auth("portal", "knock-knock")
    assert Webhook(secret).verify(heard.raw, heard.headers)["callback_uri"] == guarded
    assert (await world.result(heard.body["transaction_id"]))["status"] == 404
    [event] = await events(world, "callback_tested")
    assert event["actor"] == f"portal:{PORTAL_ID}"
    assert guarded in event["detail"]


@pytest.mark.parametrize("status", [200, 302, 401, 500])
async def test_a_test_call_tells_what_the_portal_answered(world: World, status: int) -> None:
    world.callbacks.status = status
    trial = await try_out(world)
    assert (trial["status"], trial["result"], trial["delivered"]) == (200, str(status), status == 200)


async def test_a_test_call_tells_why_there_was_no_answer(world: World) -> None:
    await world.configure(only_allow_preconfigured_callback_urls=False)
    world.callbacks.delay_s = 3
    assert (await try_out(world))["result"] == "timeout"
    for uri, word in (
        (f"http://127.0.0.1:{free_port()}/", "no connection: ClientConnectorError"),
        ("http://10.0.0.1/", "address refused"),
        ("http://[::1]/", "address refused"),
        ("http://2130706433/", "address refused"),
        ("http://127.1/", "address refused"),
    ):
        trial = await try_out(world, uri)
        assert (trial["status"], trial["result"], trial["delivered"]) == (200, word, False), uri


@pytest.mark.parametrize("callback_uri", ["", "not a url", "ftp://shop.example/", "https://elsewhere.example/callback"])
async def test_only_what_a_start_would_accept_is_called(world: World, callback_uri: str) -> None:
    assert await try_out(world, callback_uri) == {"status": 400, "error": "invalid_request", "error_code": 1003}
    assert world.callbacks.heard == []
    assert await events(world, "callback_tested") == []


async def test_a_portal_has_one_test_call_at_a_time_and_hinders_no_other_portal(world: World) -> None:
    world.callbacks.delay_s = 1

    async def is_under_way() -> bool:
        return bool(world.callbacks.heard)

    first = asyncio.create_task(try_out(world))
    await eventually(is_under_way)
    assert (await try_out(world))["status"] == 429
    async with as_rival(world) as rival:
        assert (await try_out(rival))["result"] == "204"
    assert (await first)["result"] == "204"
    assert (await try_out(world))["result"] == "204"


async def test_everything_says_1000_while_mobile_authentication_is_off(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    transaction_id = await ended_login(world, wire_phone_of)
    await log_in_state(world, transaction_id, "delivered")
    await world.configure(mobile_authentication=False)
    for answer in (await log_of(world, transaction_id), await retry(world, transaction_id), await try_out(world)):
        assert (answer["status"], answer["error_code"]) == (404, 1000)
    assert len(world.callbacks.heard) == 1


async def test_a_damaged_password_is_told_and_nothing_is_sent(
    database_url: str, tmp_path: Path, callbacks: CallbackReceiver
) -> None:
    async with a_world(settings_for(database_url, tmp_path), tmp_path, callbacks) as world:
        damage = "UPDATE callback_endpoints SET sealed_password = :sealed WHERE sealed_password IS NOT NULL"
        await world.base.database.write(lambda unit: unit.run(damage, sealed=b"damaged"))
        world.base.configuration.forget()
        trial = await try_out(world, f"{callbacks.url}-guarded")
        assert (trial["result"], trial["delivered"]) == ("password unreadable", False)
        assert callbacks.heard == []
