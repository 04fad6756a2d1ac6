"""Telling the portal: when it is down and comes back, when it is slow, asks for credentials or sends us away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import encode_basic_auth, web

from tests.journeys.letters import LONGEST_DELAY_S, after_attempt, ended_login, free_port, let_time_pass, letter_of
from tests.journeys.patience import eventually
from tests.journeys.phones import WirePhoneOf
from tests.support.portal import CallbackReceiver
from tests.support.server import OpenWorld, World, a_world, settings_for


async def test_a_portal_that_was_down_is_told_when_it_is_back(world: World, wire_phone_of: WirePhoneOf) -> None:
    await world.configure(only_allow_preconfigured_callback_urls=False)
    port = free_port()
    transaction_id = await ended_login(world, wire_phone_of, f"http://127.0.0.1:{port}/callback")
    letter = await after_attempt(world, transaction_id, 1)
    assert letter["last_result"].startswith("no connection")
    assert letter["delivered_at"] is None
    async with CallbackReceiver(port) as portal:
        let_time_pass(world, LONGEST_DELAY_S)
        heard = await portal.wait_for(transaction_id)
        assert heard.body["transaction_id"] == transaction_id
        letter = await after_attempt(world, transaction_id, 2)
        assert (letter["last_result"], letter["delivered_at"] is not None) == ("204", True)
    assert (await world.result(transaction_id))["is_authenticated"] is True


@pytest.mark.parametrize("status", [302, 401, 404, 500])
async def test_what_is_not_a_2xx_is_tried_again_later_and_later(
    world: World, wire_phone_of: WirePhoneOf, status: int
) -> None:
    world.callbacks.status = status
    transaction_id = await ended_login(world, wire_phone_of)
    pauses = []
    for attempt in range(1, 5):
        letter = await after_attempt(world, transaction_id, attempt)
        assert letter["last_result"] == str(status)
        pauses.append(letter["next_attempt_at"] - world.clock.now_ms())
        let_time_pass(world, pauses[-1] / 1000 + 0.001)
    for attempt, pause in enumerate(pauses):
        assert 500 * 2**attempt - 2000 <= pause <= 1000 * 2**attempt
    world.callbacks.status = 200
    let_time_pass(world, LONGEST_DELAY_S)

    async def is_delivered() -> bool:
        return (await letter_of(world, transaction_id))["delivered_at"] is not None

    assert await eventually(is_delivered)


async def test_nobody_knocks_any_more_when_the_result_is_forgotten(world: World, wire_phone_of: WirePhoneOf) -> None:
    world.callbacks.status = 503
    transaction_id = await ended_login(world, wire_phone_of)
    await after_attempt(world, transaction_id, 1)
    let_time_pass(world, 299.9)
    letter = await after_attempt(world, transaction_id, 2)
    assert letter["given_up_at"] is not None
    let_time_pass(world, 600)
    assert await world.server.flows.outbox.take(10) == []
    assert world.callbacks.count(transaction_id) == 2


async def test_a_slow_portal_is_not_waited_for_and_told_again(world: World, wire_phone_of: WirePhoneOf) -> None:
    world.callbacks.delay_s = 3
    transaction_id = await ended_login(world, wire_phone_of)
    await world.callbacks.wait_for(transaction_id)
    letter = await after_attempt(world, transaction_id, 1)
    assert (letter["last_result"], letter["delivered_at"]) == ("timeout", None)
    world.callbacks.delay_s = 0
    let_time_pass(world, LONGEST_DELAY_S)
    assert (await after_attempt(world, transaction_id, 2))["last_result"] == "204"


async def test_an_endpoint_with_credentials_is_sent_them_and_no_other(world: World, wire_phone_of: WirePhoneOf) -> None:
    guarded = f"{world.callbacks.url}-guarded"
    transaction_id = await ended_login(world, wire_phone_of, guarded)
    heard = await world.callbacks.wait_for(transaction_id)
    assert heard.headers["Authorization"] == encode_basic_auth("portal", "knock-knock")
    assert heard.body == {"callback_uri": guarded, "transaction_id": transaction_id}
    transaction_id = await ended_login(world, wire_phone_of)
    assert "Authorization" not in (await world.callbacks.wait_for(transaction_id)).headers


async def test_a_redirect_is_not_followed(world: World, wire_phone_of: WirePhoneOf) -> None:
    await world.configure(only_allow_preconfigured_callback_urls=False)

    async def send_away(_: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": world.callbacks.url})

    application = web.Application()
    application.add_routes([web.post("/callback", send_away)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port := free_port()).start()
    transaction_id = await ended_login(world, wire_phone_of, f"http://127.0.0.1:{port}/callback")
    assert (await after_attempt(world, transaction_id, 1))["last_result"] == "307"
    assert world.callbacks.count(transaction_id) == 0
    await runner.cleanup()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_private_address_is_refused_unless_its_network_is_configured(
    database_url: str, tmp_path: Path, callbacks: CallbackReceiver, wire_phone_of: WirePhoneOf, host: str
) -> None:
    settings = settings_for(database_url, tmp_path)
    settings = replace(settings, callbacks=replace(settings.callbacks, private_networks=()))
    async with a_world(settings, tmp_path, callbacks, only_allow_preconfigured_callback_urls=False) as world:
        callback_uri = callbacks.url.replace("127.0.0.1", host)
        transaction_id = await ended_login(world, wire_phone_of, callback_uri)
        assert (await after_attempt(world, transaction_id, 1))["last_result"] == "address refused"
        assert callbacks.heard == []


async def test_what_was_not_delivered_before_a_restart_is_delivered_after_it(
    open_world: OpenWorld, database_url: str, tmp_path: Path, callbacks: CallbackReceiver, wire_phone_of: WirePhoneOf
) -> None:
    callbacks.status = 503
    async with a_world(settings_for(database_url, tmp_path), tmp_path, callbacks) as world:
        transaction_id = await ended_login(world, wire_phone_of)
        await after_attempt(world, transaction_id, 1)
    callbacks.status = 204
    world = await open_world()
    let_time_pass(world, LONGEST_DELAY_S)

    async def result() -> str | None:  # a slow start may have tried already before the clock was set forward
        letter = await letter_of(world, transaction_id)
        return letter["last_result"] if letter["delivered_at"] is not None else None

    assert await eventually(result) == "204"
