"""What is kept for later goes in few round trips, in its order, whole or not at all."""

from __future__ import annotations

import pytest

from tests.support.notes import INSERT, add, names
from token_server.database.engine import Database, UnitOfWork
from token_server.database.postgresql_parcels import Kept, is_one_parcel, parcels
from token_server.domain.errors import AlreadyExists

BUMP = "UPDATE notes SET number = number + 1 WHERE name = :name"


def inserts(count: int) -> list[Kept]:
    return [(INSERT, {"name": str(number), "number": number}) for number in range(count)]


def test_different_statements_become_one() -> None:
    (parcel,) = parcels([(INSERT, {"name": "a", "number": 1}), (BUMP, {"name": "b"})])
    assert parcel.text.count("later_") == 1
    assert parcel.values == [["a", 1, "b"]]


@pytest.mark.parametrize("count", [1, 2, 9, 200])
def test_what_is_said_over_and_over_is_one_parcel_with_a_set_of_values_for_each(count: int) -> None:
    kept = [pair for one in inserts(count) for pair in (one, (BUMP, {"name": "b"}))]
    (parcel,) = parcels(kept)
    assert is_one_parcel(kept)
    assert parcel.values == [[str(number), number, "b"] for number in range(count)]


def test_many_different_ones_take_several_in_their_order() -> None:
    kept = [(f"{BUMP} AND number <> {number}", {"name": str(number)}) for number in range(20)]
    sent = parcels(kept)
    assert not is_one_parcel(kept)
    assert [value for parcel in sent for value in parcel.values[0]] == [str(number) for number in range(20)]
    assert len(sent) == 3


def test_almost_the_same_over_and_over_is_no_repetition() -> None:
    insert, bump = inserts(1)[0], (BUMP, {"name": "b"})
    (parcel,) = parcels([insert, bump, insert, insert])
    assert len(parcel.values) == 1


def test_nothing_takes_none() -> None:
    assert parcels([]) == []


async def test_many_alike_are_kept_all_or_none(notes: Database) -> None:
    def write(unit: UnitOfWork, first: int, count: int) -> None:
        for number in range(first, first + count):
            unit.later(INSERT, name=f"{number:03}", number=number)
            unit.later(BUMP, name=f"{number - 1:03}")

    async def good(unit: UnitOfWork) -> None:
        write(unit, 0, 50)

    async def bad(unit: UnitOfWork) -> None:
        write(unit, 100, 50)
        unit.later(INSERT, name="taken", number=0)
        unit.later(BUMP, name="taken")

    await add(notes, "taken")
    await notes.write(good)
    with pytest.raises(AlreadyExists):
        await notes.write(bad)
    assert await names(notes) == [*(f"{number:03}" for number in range(50)), "taken"]
    first = await notes.read.first("SELECT number FROM notes WHERE name = '000'")
    assert first == {"number": 1}  # by the second's statement, which came after its own
