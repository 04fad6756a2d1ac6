"""What is old goes, batch by batch, with all that hangs on it; the audit trail stays."""

from __future__ import annotations

import asyncio

from tests.journeys.phones import WirePhoneOf
from tests.journeys.wire_phone import WirePhone
from tests.support.server import API, World
from token_server.flows.retention import DAY_MS, MOST_AT_ONCE, ForgetTransactions

SHOWN = "transactions WHERE challenge_document IS NOT NULL"
OF_TRANSACTIONS = ("transactions", "evidence", "callbacks", "callback_attempts", "views", "idempotency_keys")


def forgetting(world: World, *, transactions_days: int = 90, evidence_days: int = 0) -> ForgetTransactions:
    return ForgetTransactions(
        world.base.database, world.clock, transactions_days=transactions_days, evidence_days=evidence_days
    )


async def counted(world: World, *tables: str) -> list[int]:
    rows = [await world.base.database.read.first(f"SELECT COUNT(*) AS n FROM {each}") for each in tables]  # noqa: S608
    return [-1 if row is None else row["n"] for row in rows]


async def finished(world: World, phone: WirePhone, decision: str = "accept") -> None:
    """Go through a log-in that leaves a row wherever a transaction can leave one."""
    form = {"type": "login", "callback_uri": world.callbacks.url, "message": "Log in"}
    headers = {"Idempotency-Key": f'"{world.clock.now_ms()}"'}
    async with world.portal.post(f"{API}/authenticate/user", data=form, headers=headers) as response:
        started = await response.json()
    transaction_id = started["transaction_id"]
    async with world.portal.post(f"{API}/authenticate/transaction/{transaction_id}/view") as response:
        assert response.status == 201
    document = await phone.challenge(started["otp"])
    await phone.answer(transaction_id, decision, document)
    await world.callbacks.wait_for(transaction_id)
    failed = "INSERT INTO callback_attempts VALUES (:id, 1, 1, 'timeout')"
    await world.base.database.write(lambda unit: unit.run(failed, id=transaction_id))


async def grow_older(world: World, user_id: str, days: int) -> None:
    """Let the user's transactions have ended that long ago; the world's clock stays, as phones believe their own."""
    older = "UPDATE transactions SET ended_at = ended_at - :ms WHERE user_id = :user_id"
    await world.base.database.write(lambda unit: unit.run(older, ms=days * DAY_MS, user_id=user_id))


async def test_old_transactions_go_with_everything_and_the_young_and_the_trail_stay(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    await finished(world, await wire_phone_of(world, "alice"))
    await finished(world, await wire_phone_of(world, "bob"))
    await world.start()  # open: it has to end before it can be forgotten
    forget = forgetting(world)
    await grow_older(world, "alice", 89)
    assert await forget.forget() == 0
    entries = await counted(world, "audit_events")
    await grow_older(world, "alice", 2)
    assert await counted(world, *OF_TRANSACTIONS) == [3, 2, 2, 2, 2, 2]
    assert await forget.forget() == 1
    assert await forget.forget() == 0
    assert await counted(world, *OF_TRANSACTIONS) == [2, 1, 1, 1, 1, 1]
    assert (await counted(world, "audit_events"))[0] > entries[0]


async def test_evidence_may_go_before_its_transaction(world: World, wire_phone_of: WirePhoneOf) -> None:
    await finished(world, await wire_phone_of(world, "alice"))
    await finished(world, await wire_phone_of(world, "bob"))
    forget = forgetting(world, evidence_days=30)
    assert await forget.forget_evidence() == 0
    for user_id, left in (("alice", 1), ("bob", 0)):
        await grow_older(world, user_id, 31)
        assert await forgetting(world, evidence_days=30).forget_evidence() == 1
        assert await counted(world, "evidence", SHOWN, "transactions") == [left, left, 2]


async def test_who_has_looked_once_finds_what_has_grown_old_since(world: World, wire_phone_of: WirePhoneOf) -> None:
    await finished(world, await wire_phone_of(world, "alice"))
    forget = forgetting(world, evidence_days=30)
    assert await forget.forget_evidence() == 0
    world.clock.move(31 * DAY_MS / 1000)
    assert await forget.forget_evidence() == 1
    assert await forget.forget_evidence() == 0


async def test_nothing_goes_where_everything_is_kept(world: World, wire_phone_of: WirePhoneOf) -> None:
    await finished(world, await wire_phone_of(world))
    await grow_older(world, "alice", 4000)
    forget = forgetting(world, transactions_days=0)
    assert (await forget.forget(), await forget.forget_evidence()) == (0, 0)


async def test_much_goes_in_batches(world: World) -> None:
    started = [(await world.start("quick"))["transaction_id"] for _ in range(MOST_AT_ONCE + 5)]
    old = "UPDATE transactions SET state = 'expired', ended_at = 1, readable_until = 1"
    await world.base.database.write(lambda unit: unit.run(old))
    forget = forgetting(world)
    assert await forget.forget() == MOST_AT_ONCE
    assert await forget.forget() == len(started) - MOST_AT_ONCE
    assert await counted(world, "transactions") == [0]


async def test_many_who_forget_at_once_do_not_disturb_each_other(world: World) -> None:
    for _ in range(10):
        await world.start("quick")
    old = "UPDATE transactions SET state = 'expired', ended_at = 1, readable_until = 1"
    await world.base.database.write(lambda unit: unit.run(old))
    await asyncio.gather(*(forgetting(world).forget() for _ in range(8)))
    assert await counted(world, "transactions") == [0]
