"""Transactions: every guard of every move, on both engines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.stores.planting import (
    DEVICE_ID,
    ENROLLMENT_ID,
    GRANT_ID,
    LATER,
    NOW,
    PROFILE_ID,
    READABLE_UNTIL,
    TRANSACTION,
    do,
    ending,
    enrollment,
    plant_enrollment,
    plant_grant,
    plant_profile,
    take,
)
from token_server.database.engine import Database, Statement
from token_server.domain.errors import AlreadyExists
from token_server.domain.transactions import State, Transaction
from token_server.stores import devices, enrollments, grants, profiles, transactions

DOCUMENT = b'{"message":"Gr\xc3\xbc\xc3\x9fe"}\x00\xff'


async def found(database: Database, transaction_id: str = "t1") -> Transaction:
    transaction = await transactions.find(database.read, transaction_id)
    assert transaction is not None
    return transaction


async def claim(database: Database, enrollment_id: str = ENROLLMENT_ID, *, now: int = NOW + 1) -> bool:
    claimant = enrollment(enrollment_id=enrollment_id)
    return await take(database, TRANSACTION, claimant, DOCUMENT, now=now) is not None


async def end(
    database: Database,
    state: State = State.ACCEPTED,
    *,
    then: tuple[Statement, ...] = (),
    unless_reported: bool = False,
    **changed: Any,
) -> bool:
    how = ending(state, **changed)
    announcement = ("ended", "t1")
    return await transactions.end(database, how, then=then, announcement=announcement, unless_reported=unless_reported)


async def expire(database: Database, now: int, most: int = 10) -> list[str]:
    ended = await do(database, transactions.expire, now=now, readable_until=now + 300_000, most=most)
    return sorted(transaction.transaction_id for transaction in ended)


@pytest.fixture
async def started(database: Database) -> Database:
    """The database with an enrolment and one new transaction."""
    await plant_enrollment(database)
    await transactions.begin(database, TRANSACTION)
    return database


async def test_what_is_added_is_found_as_it_was(database: Database) -> None:
    whole = TRANSACTION._replace(
        secure_message="Pay\n€10",
        language_code="nl",
        ip_address="2001:db8::1",
        user_agent="Mozilla/5.0",
        claimed_at=NOW,
        user_id="alice",
        challenge_document=DOCUMENT,
        reason="not_me",
    )
    await transactions.begin(database, whole)
    assert await transactions.find(database.read, "t1") == whole
    assert await transactions.find(database.read, "t2") is None


async def test_no_id_is_used_twice(started: Database) -> None:
    with pytest.raises(AlreadyExists):
        await transactions.begin(started, TRANSACTION)


async def test_a_claim_takes_the_transaction_once(started: Database) -> None:
    assert await claim(started)
    claimed = await found(started)
    assert (claimed.state, claimed.claimed_at, claimed.user_id) == (State.CLAIMED, NOW + 1, "alice")
    assert claimed.challenge_document == DOCUMENT
    assert not await claim(started)
    assert await found(started) == claimed


@pytest.mark.parametrize(("now", "is_claimed"), [(LATER - 1, True), (LATER, False), (LATER + 1, False)])
async def test_a_claim_counts_before_the_expiry_only(started: Database, now: int, *, is_claimed: bool) -> None:
    assert await claim(started, now=now) is is_claimed


@pytest.mark.parametrize("state", [State.CLAIMED, State.ACCEPTED, State.DENIED, State.EXPIRED, State.INVALID])
async def test_what_has_moved_on_cannot_be_claimed(database: Database, state: State) -> None:
    await plant_enrollment(database)
    await transactions.begin(database, TRANSACTION._replace(state=state))
    assert not await claim(database)
    assert (await found(database)).user_id is None


async def test_an_enrolment_that_has_ended_claims_and_ends_nothing(started: Database) -> None:
    await claim(started)
    await do(started, enrollments.revoke_of_profile, PROFILE_ID, reason="x", now=NOW)
    assert not await end(started)
    await transactions.begin(started, TRANSACTION._replace(transaction_id="t2"))
    assert not await claim(started)


@pytest.mark.parametrize(
    ("act", "named"),
    [
        (grants.revoke, {"grant_id": GRANT_ID, "reason": "x", "now": NOW}),
        (grants.end_session, {"grant_id": GRANT_ID, "session": 0}),
        (profiles.remove, {"user_id": "alice", "device_id": DEVICE_ID, "now": NOW}),
        (devices.delete, {"device_id": DEVICE_ID, "now": NOW}),
    ],
)
async def test_who_does_not_stand_any_more_claims_and_ends_nothing(
    started: Database, act: Callable[..., Awaitable[Any]], named: dict[str, Any]
) -> None:
    await transactions.begin(started, TRANSACTION._replace(transaction_id="t2"))
    await claim(started)
    await do(started, act, **named)
    assert not await end(started)
    assert await take(started, TRANSACTION._replace(transaction_id="t2"), enrollment(), DOCUMENT) is None
    assert (await found(started)).state is State.CLAIMED


async def test_a_grant_and_a_session_speak_for_their_own_profile_only(started: Database) -> None:
    await plant_profile(started, "BBBBBB", user_id="bob")
    await plant_grant(started, "bobs", profile_id="BBBBBB")
    await claim(started)
    assert not await end(started, grant_id="bobs")
    assert not await end(started, session=1)
    assert not await end(started, grant_id="unknown")
    assert await end(started)


async def test_an_unknown_transaction_cannot_be_claimed_or_ended(database: Database) -> None:
    assert not await claim(database)
    assert not await end(database)


@pytest.mark.parametrize("state", [State.ACCEPTED, State.DENIED, State.INVALID])
async def test_a_claimed_transaction_ends_once(started: Database, state: State) -> None:
    await claim(started)
    assert await end(started, state, reason="not_me")
    ended = await found(started)
    assert (ended.state, ended.reason, ended.ended_at) == (state, "not_me", NOW + 2)
    assert ended.readable_until == READABLE_UNTIL
    for again in State.ACCEPTED, State.DENIED, State.INVALID:
        assert not await end(started, again)
    assert await found(started) == ended


async def test_an_unclaimed_transaction_cannot_be_answered(started: Database) -> None:
    assert not await end(started)


async def test_another_enrolment_cannot_answer(started: Database) -> None:
    await plant_profile(started, "BBBBBB", user_id="bob")
    await do(started, enrollments.insert, enrollment(enrollment_id="other", profile_id="BBBBBB", user_id="bob"))
    await claim(started)
    assert not await end(started, enrollment_id="other")
    assert (await found(started)).state is State.CLAIMED


@pytest.mark.parametrize(("now", "is_ended"), [(LATER - 1, True), (LATER, False)])
async def test_an_answer_counts_before_the_expiry_only(started: Database, now: int, *, is_ended: bool) -> None:
    await claim(started)
    assert await end(started, now=now) is is_ended


@pytest.mark.parametrize("is_claimed", [False, True])
async def test_what_is_open_and_over_expires_once(started: Database, *, is_claimed: bool) -> None:
    if is_claimed:
        await claim(started)
    assert await expire(started, LATER - 1) == []
    assert await expire(started, LATER) == ["t1"]
    assert await expire(started, LATER) == []
    transaction = await found(started)
    assert (transaction.state, transaction.ended_at) == (State.EXPIRED, LATER)
    assert transaction.readable_until == LATER + 300_000


async def test_what_was_answered_never_expires(started: Database) -> None:
    await claim(started)
    await end(started)
    assert await expire(started, LATER * 2) == []


async def test_the_oldest_expire_first(started: Database) -> None:
    for number in range(2, 6):
        await transactions.begin(started, TRANSACTION._replace(transaction_id=f"t{number}", expires_at=LATER - number))
    assert await expire(started, LATER, most=2) == ["t4", "t5"]
    assert await expire(started, LATER, most=2) == ["t2", "t3"]
    assert await expire(started, LATER, most=2) == ["t1"]


async def test_refused_claims_are_counted_and_unknown_ones_are_not(started: Database) -> None:
    for transaction_id in ("t1", "t1", "unknown"):
        await do(started, transactions.count_refused_claim, transaction_id)
    rows = await started.read.all("SELECT transaction_id, refused_claims FROM transactions")
    assert [(row["transaction_id"], row["refused_claims"]) for row in rows] == [("t1", 2)]


async def test_evidence_is_kept_byte_for_byte_with_the_end_and_only_with_it(started: Database) -> None:
    signed = bytes(range(256))
    evidence = transactions.evidence("t1", enrollment_id=ENROLLMENT_ID, signed_answer=signed, now=NOW)
    assert not await end(started, then=(evidence,))
    assert await transactions.find_evidence(started.read, "t1") is None
    await claim(started)
    assert await end(started, then=(evidence,))
    assert await transactions.find_evidence(started.read, "t1") == signed


async def test_an_end_whose_company_cannot_come_does_not_happen(started: Database) -> None:
    await claim(started)
    evidence = transactions.evidence("t1", enrollment_id=ENROLLMENT_ID, signed_answer=b"x", now=NOW)
    with pytest.raises(AlreadyExists):
        await end(started, then=(evidence, evidence))
    assert (await found(started)).state is State.CLAIMED
    assert await transactions.find_evidence(started.read, "t1") is None


async def test_an_end_is_announced_and_an_attempt_is_not(started: Database) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    stop = started.listen("ended", heard.put_nowait)
    assert not await end(started)
    await claim(started)
    assert await end(started)
    async with asyncio.timeout(10):
        assert await heard.get() == "t1"
    assert heard.empty()
    stop()
