"""Who was told and who was not, seen from the desk, and telling them once more."""

from __future__ import annotations

import asyncio
import re

from tests.admin.test_api import ask
from tests.admin.test_transactions import a_login
from tests.support.desk import Desk
from token_server.domain.operators import Role


async def settled(desk: Desk, token: str, transaction_id: str, *states: str) -> str:
    """The state of a callback as soon as it is one of those."""
    state = ""
    for _ in range(300):
        _, body, _ = await ask(desk, token, "GET", f"/callback-deliveries/{transaction_id}")
        state = body["state"]
        if state in states and body["attempts"]:
            break
        await asyncio.sleep(0.02)
    return state


async def test_failed_callbacks_are_found_and_sent_again(desk: Desk) -> None:
    world = desk.world
    await desk.invite("anna")
    token = await desk.token("anna", Role.ADMIN)
    taken = await a_login(desk)
    assert await settled(desk, token, taken, "delivered") == "delivered"
    world.callbacks.status = 500
    failed = await a_login(desk, "bob")
    assert await settled(desk, token, failed, "waiting") == "waiting"
    browser = await desk.at_home("cleo")
    for state, expected in (
        ("all", {taken, failed}),
        ("failed", {failed}),
        ("delivered", {taken}),
        ("given_up", set()),
    ):
        await browser.get(f"/callbacks?state={state}")
        assert set(re.findall(r'<a href="/transactions/([\w-]+)">', browser.page)) == expected, state
        _, body, _ = await ask(desk, token, "GET", f"/callback-deliveries?state={state}")
        assert {each["transaction_id"] for each in body["callback_deliveries"]} == expected, state
    world.callbacks.status = 204
    status, body, _ = await ask(desk, token, "POST", f"/callback-deliveries/{failed}/retry")
    assert (status, body["state"]) == (202, "waiting")
    assert await settled(desk, token, failed, "delivered") == "delivered"


async def test_helpdesk_sees_deliveries_and_asks_for_none(desk: Desk) -> None:
    transaction_id = await a_login(desk)
    hanna = await desk.at_home("hanna", Role.HELPDESK)
    await hanna.get("/callbacks")
    assert transaction_id in hanna.page
    assert "Call again" not in hanna.page
    assert (await hanna.post(f"/callbacks/{transaction_id}/retry")).status == 403


async def test_a_transaction_that_has_not_ended_has_no_callback(desk: Desk) -> None:
    started = await desk.world.start()
    await desk.invite("anna")
    token = await desk.token("anna", Role.ADMIN)
    path = f"/callback-deliveries/{started['transaction_id']}"
    assert (await ask(desk, token, "GET", path))[0] == 404
    assert (await ask(desk, token, "POST", f"{path}/retry"))[0] == 404
    assert (await ask(desk, token, "GET", "/callback-deliveries?state=lost"))[0] == 400
