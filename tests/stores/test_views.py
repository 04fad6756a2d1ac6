"""View tokens at rest: which transaction each opens, for how long, and how many there may be."""

from __future__ import annotations

import pytest

from tests.stores.planting import LATER, NOW, TRANSACTION, do, enrollment, plant_enrollment, take
from token_server.database.engine import Database
from token_server.stores import transactions, views
from token_server.stores.transactions import Claimed
from token_server.stores.views import StoredView


@pytest.fixture
async def started(database: Database) -> Database:
    """The database with two new transactions."""
    await plant_enrollment(database)
    await transactions.begin(database, TRANSACTION)
    await transactions.begin(database, TRANSACTION._replace(transaction_id="t2"))
    return database


async def viewed_at(database: Database) -> int | None:
    found = await transactions.find(database.read, "t1")
    assert found is not None
    return found.viewed_at


async def test_a_transaction_is_viewed_since_the_first_view(started: Database) -> None:
    assert await viewed_at(started) is None
    for now in (NOW + 1, NOW + 2):
        assert await do(started, views.mark_viewed, "t1", client_id="shop", now=now)
        assert await viewed_at(started) == NOW + 1


@pytest.mark.parametrize(
    ("transaction_id", "client_id", "now"),
    [("t1", "rival", NOW), ("t9", "shop", NOW), ("t1", "shop", LATER)],
    ids=["another portal", "unknown", "too late"],
)
async def test_only_its_portal_marks_an_open_transaction(
    started: Database, transaction_id: str, client_id: str, now: int
) -> None:
    assert not await do(started, views.mark_viewed, transaction_id, client_id=client_id, now=now)
    assert await viewed_at(started) is None


async def test_an_ended_transaction_is_not_marked(started: Database) -> None:
    await do(started, transactions.expire, now=LATER, readable_until=LATER + 5, most=10)
    assert not await do(started, views.mark_viewed, "t1", client_id="shop", now=NOW)


async def test_views_are_counted_for_each_transaction(started: Database) -> None:
    for number in range(3):
        added = await do(started, views.add, f"hash {number}", "t1", now=NOW, most=2)
        assert added is (number < 2)
    assert await do(started, views.add, "hash 3", "t2", now=NOW, most=2)
    assert await views.find(started.read, "hash 0", now=NOW) == StoredView("t1", "shop")
    assert await views.find(started.read, "hash 2", now=NOW) is None
    assert await views.find(started.read, "hash 3", now=NOW) == StoredView("t2", "shop")


async def test_a_view_dies_when_the_result_is_forgotten(started: Database) -> None:
    await do(started, views.add, "hash", "t1", now=NOW, most=5)
    await do(started, transactions.expire, now=LATER, readable_until=LATER + 5, most=10)
    assert await views.find(started.read, "hash", now=LATER + 4) == StoredView("t1", "shop")
    assert await views.find(started.read, "hash", now=LATER + 5) is None


async def test_a_claim_knows_of_a_view_that_was_opened_since_anybody_looked(started: Database) -> None:
    claimant = enrollment()
    unseen = await take(started, TRANSACTION, claimant, b"document", now=NOW + 2)
    assert unseen == Claimed(is_viewed=False)
    await do(started, views.mark_viewed, "t2", client_id="shop", now=NOW + 1)
    as_it_was_before = TRANSACTION._replace(transaction_id="t2")
    assert await take(started, as_it_was_before, claimant, b"document", now=NOW + 2) == Claimed(is_viewed=True)
