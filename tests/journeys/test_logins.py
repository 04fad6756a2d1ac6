"""Whole logins, from the portal's first call to its last, through real sockets, on both engines."""

from __future__ import annotations

from tests.support.phone import answer_with
from tests.support.server import World


async def test_a_user_accepts_and_the_portal_learns_who_it_was(world: World) -> None:
    phone = await world.phone("alice")
    started = await world.start()
    answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(started["otp"])
    heard = await world.callbacks.wait_for(started["transaction_id"])
    assert heard.body == {"callback_uri": world.callbacks.url, "transaction_id": started["transaction_id"]}
    result = await world.result(started["transaction_id"])
    assert (result["is_authenticated"], result["user_id"]) == (True, "alice")
    await phone.close()
