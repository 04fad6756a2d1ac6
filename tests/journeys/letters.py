"""Letters to portals, as journeys look at them: in the database, and by the clock."""

from __future__ import annotations

import socket
from typing import Any

from tests.journeys.patience import eventually
from tests.journeys.phones import WirePhoneOf
from tests.support.server import World

LONGEST_DELAY_S = 60
LETTER = """
    SELECT attempts, last_result, delivered_at, given_up_at, next_attempt_at, created_at, claimed_until FROM callbacks
     WHERE transaction_id = :id"""


async def letter_of(world: World, transaction_id: str) -> dict[str, Any]:
    """What the outbox says about it."""
    row = await world.base.database.read.first(LETTER, id=transaction_id)
    return {} if row is None else dict(row)


async def after_attempt(world: World, transaction_id: str, attempts: int) -> dict[str, Any]:
    """The letter when that many attempts are over."""

    async def look() -> dict[str, Any]:
        letter = await letter_of(world, transaction_id)
        return letter if letter and letter["attempts"] == attempts and letter["claimed_until"] == 0 else {}

    return await eventually(look)


async def ended_login(world: World, wire_phone_of: WirePhoneOf, callback_uri: str | None = None) -> str:
    """The id of a transaction that a phone has just accepted."""
    phone = await wire_phone_of(world)
    started = await world.start(callback_uri=callback_uri or world.callbacks.url)
    transaction_id = str(started["transaction_id"])
    phone.open(await phone.answer(transaction_id, "accept", await phone.challenge(started["otp"])))
    return transaction_id


def let_time_pass(world: World, seconds: float) -> None:
    """Set the clock forward and have the sender look."""
    world.clock.move(seconds)
    world.server.flows.outbox.nudge()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
