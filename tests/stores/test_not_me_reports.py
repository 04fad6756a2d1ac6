"""Reports of "not me": what they bar, what they end, and whom they leave alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stores.planting import (
    DEVICE_ID,
    ENROLLMENT_ID,
    NOW,
    TRANSACTION,
    do,
    ending,
    enrollment,
    plant_device,
    plant_enrollment,
    take,
)
from tests.stores.test_transactions import DOCUMENT, claim, end, found, started
from token_server.database.engine import Database
from token_server.domain.transactions import State
from token_server.stores import not_me_reports, transactions

__all__ = ["started"]
OTHER_DEVICE_ID = "E" * 64
FROM_THERE = TRANSACTION._replace(ip_address="::1")


async def plant_report(database: Database, *, reported_at: int = NOW, **changed: Any) -> None:
    """A report about an earlier transaction."""
    await transactions.begin(database, FROM_THERE._replace(transaction_id="t0", state=State.DENIED, ended_at=NOW))
    about = FROM_THERE._replace(transaction_id="t0", device_id=DEVICE_ID, user_id="alice")._replace(**changed)
    await do(database, not_me_reports.add, about, now=reported_at)


@pytest.mark.parametrize(
    ("changed", "is_free"),
    [
        ({}, False),
        ({"device_id": OTHER_DEVICE_ID}, True),
        ({"user_id": "bob"}, True),
        ({"client_id": "bank"}, True),
        ({"ip_address": "::2"}, True),
        ({"reported_at": NOW - 1}, True),
        ({"reported_at": NOW + 1}, False),
    ],
)
async def test_a_report_bars_its_user_and_device_from_what_that_address_and_portal_had_started(
    database: Database, changed: dict[str, Any], *, is_free: bool
) -> None:
    await plant_enrollment(database)
    await plant_device(database, OTHER_DEVICE_ID)
    await transactions.begin(database, FROM_THERE)
    held = FROM_THERE._replace(transaction_id="t2")
    await transactions.begin(database, held)
    assert await take(database, held, enrollment(), DOCUMENT)
    await plant_report(database, **changed)
    claimed = await take(database, FROM_THERE, enrollment(), DOCUMENT)
    assert (claimed is not None) is is_free
    assert await end(database, transaction_id="t2", unless_reported=True) is is_free
    assert await end(database, State.DENIED, transaction_id="t2") is not is_free


async def test_a_transaction_without_an_address_is_never_barred(started: Database) -> None:
    await plant_report(started)
    assert await claim(started)
    assert await end(started, unless_reported=True)


async def test_withdrawing_ends_what_that_device_holds_from_there_and_is_open(database: Database) -> None:
    await plant_enrollment(database)
    kept: dict[str, dict[str, Any]] = {
        "other user": {"user_id": "bob"},
        "other device": {"device_id": OTHER_DEVICE_ID},
        "other portal": {"client_id": "bank"},
        "other address": {"ip_address": "::2"},
        "no address": {"ip_address": None},
        "unclaimed": {"state": State.CREATED},
        "over": {"state": State.ACCEPTED, "ended_at": NOW},
        "late": {"expires_at": NOW + 2},
        "started later": {"created_at": NOW + 3},
    }
    mine = FROM_THERE._replace(state=State.CLAIMED, device_id=DEVICE_ID, user_id="alice", enrollment_id=ENROLLMENT_ID)
    for name, changed in kept.items():
        await transactions.begin(database, mine._replace(transaction_id=name, **changed))
    for name in "t1", "t2":
        await transactions.begin(database, mine._replace(transaction_id=name))
    withdrawn = await do(database, transactions.withdraw, mine, ending(State.DENIED, "not_me"))
    assert sorted(each.transaction_id for each in withdrawn) == ["t1", "t2"]
    for each in withdrawn:
        assert (each.state, each.reason, each.ended_at) == (State.DENIED, "not_me", NOW + 2)
        assert await found(database, each.transaction_id) == each
    assert {(await found(database, name)).reason for name in kept} == {None}
