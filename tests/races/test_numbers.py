"""Many numbers at once: exactly three different wrong ones are counted, and one answer ends it."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.races.nodes import Node, Phone, enrolled
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners
from tests.races.test_answers import traces
from tests.support.server import NUMBERED, add_type
from token_server.domain.transactions import Transaction
from token_server.stores import transactions

COUNTED = "SELECT COUNT(*) AS n FROM audit_events WHERE transaction_id = :id AND event = 'wrong_number'"


class Guessing:
    """A phone whose user types numbers, on two nodes."""

    def __init__(self, nodes: list[Node], phone: Phone, transaction_id: str, document: str, number: str) -> None:
        self.nodes = nodes
        self.phone = phone
        self.transaction_id = transaction_id
        self.document = document
        self.number = number
        self.wrong = [f"{(int(number) + step) % 100:02}" for step in range(1, 100)]

    async def accept(self, at: int, number: str) -> str:
        """Type a number at one of the nodes and return the verdict."""
        node = self.nodes[at % 2]
        return await self.phone.answer(node, self.transaction_id, "accept", self.document, number=number)

    async def stored(self) -> Transaction:
        """The transaction as it is now."""
        found = await transactions.find(self.nodes[1].base.database.read, self.transaction_id)
        assert found is not None
        return found


@pytest.fixture
async def guessing(nodes: list[Node]) -> Guessing:
    """A claimed transaction that needs a number."""
    for node in nodes:
        await add_type(node.base, NUMBERED)
    phone, started = await enrolled(nodes[0]), await nodes[0].start("numbered")
    document = await phone.claim(nodes[0], started.otp)
    found = await transactions.find(nodes[0].base.database.read, started.transaction_id)
    assert found is not None
    assert found.number is not None
    return Guessing(nodes, phone, started.transaction_id, document, found.number)


async def test_of_sixteen_different_wrong_numbers_three_are_counted_and_the_third_ends_it(guessing: Guessing) -> None:
    outcomes = await at_once(guessing.accept(each, guessing.wrong[each]) for each in SIXTEEN)
    assert Counter(winners(outcomes)) == {"wrong_number": 2, "invalid": 1}
    assert refusals(outcomes) == {"WrongState": 13}
    stored = await guessing.stored()
    counted = {number for number, outcome in zip(guessing.wrong, outcomes, strict=False) if isinstance(outcome, str)}
    assert set(stored.wrong_numbers.split(",")) == counted
    assert (stored.state, stored.reason, len(stored.wrong_numbers)) == ("invalid", "wrong_number", 8)
    assert await guessing.nodes[0].count(COUNTED, id=guessing.transaction_id) == 2
    assert await traces(guessing.nodes[0], guessing.transaction_id) == (1, 1, 1)


async def test_one_wrong_number_sixteen_times_at_once_is_one_wrong_number(guessing: Guessing) -> None:
    outcomes = await at_once(guessing.accept(each, guessing.wrong[0]) for each in SIXTEEN)
    assert winners(outcomes) == ["wrong_number"] * 16
    assert (await guessing.stored()).wrong_numbers == guessing.wrong[0]
    assert await guessing.nodes[0].count(COUNTED, id=guessing.transaction_id) == 1
    assert await traces(guessing.nodes[0], guessing.transaction_id) == (0, 0, 0)


async def test_the_right_number_and_the_third_wrong_one_meet_and_one_of_them_ends_it(guessing: Guessing) -> None:
    for number in guessing.wrong[:2]:
        await guessing.accept(0, number)
    typed = [guessing.number, guessing.wrong[2]] * 8
    outcomes = await at_once(guessing.accept(each // 2, typed[each]) for each in SIXTEEN)
    stored = await guessing.stored()
    assert stored.state in {"accepted", "invalid"}
    assert winners(outcomes) == [stored.state.value] * 8
    assert refusals(outcomes) == {"WrongState": 8}
    winning = guessing.number if stored.state == "accepted" else guessing.wrong[2]
    assert [number for number, outcome in zip(typed, outcomes, strict=True) if isinstance(outcome, str)] == [
        winning
    ] * 8
    assert len(stored.wrong_numbers.split(",")) == (2 if stored.state == "accepted" else 3)
    assert await traces(guessing.nodes[0], guessing.transaction_id) == (1, 1, 1)


async def test_wrong_numbers_and_a_denial_meet_and_one_of_them_ends_it(guessing: Guessing) -> None:
    race = [guessing.accept(each, guessing.wrong[each]) for each in range(8)]
    node, document = guessing.nodes[1], guessing.document
    race += [guessing.phone.answer(node, guessing.transaction_id, "deny", document) for _ in range(8)]
    outcomes = await at_once(race)
    stored = await guessing.stored()
    assert stored.state in {"denied", "invalid"}
    assert set(refusals(outcomes)) <= {"WrongState"}
    assert set(winners(outcomes)) <= {"wrong_number", stored.state.value}
    assert winners(outcomes).count("wrong_number") <= 2
    assert await traces(guessing.nodes[0], guessing.transaction_id) == (1, 1, 1)
