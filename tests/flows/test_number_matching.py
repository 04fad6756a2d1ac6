"""Number matching: right, wrong, the same wrong one again, one too many, and what the portal hears of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.flows.house import FlowPhone, House, decode
from tests.support.server import NUMBERED, add_type
from token_server.domain.errors import Expired, MessageRefused, WrongState

LETTERS = "SELECT transaction_id FROM callbacks WHERE transaction_id = :id"
EVIDENCE = "SELECT signed_answer FROM evidence WHERE transaction_id = :id"


class Asked:
    """A phone that has been asked for a number."""

    def __init__(self, house: House, phone: FlowPhone, transaction_id: str, document: str, number: str) -> None:
        self.house = house
        self.phone = phone
        self.transaction_id = transaction_id
        self.document = document
        self.number = number
        self.wrong = [f"{(int(number) + step) % 100:02}" for step in range(1, 100)]

    async def accept(self, number: str) -> tuple[str, int | None]:
        """Type a number; return the verdict and the tries left."""
        told = await self.phone.verdict(self.transaction_id, "accept", self.document, number=number)
        return told["verdict"], told.get("tries_left")

    async def state(self) -> str:
        """How the portal sees it."""
        return await self.house.state(self.transaction_id)

    async def traces(self) -> tuple[int, int]:
        """Letters and evidence, counted."""
        letters, evidence = [await self.house.rows(sql, id=self.transaction_id) for sql in (LETTERS, EVIDENCE)]
        return len(letters), len(evidence)


@pytest.fixture
async def asked(house: House) -> Asked:
    """A claimed transaction that needs a number."""
    await add_type(house.base, NUMBERED)
    started, phone = await house.start("numbered"), await house.phone()
    document = await phone.claim(started.otp)
    number = (await house.find(started.transaction_id)).number
    assert number is not None
    return Asked(house, phone, started.transaction_id, document, number)


async def test_the_phone_is_told_that_a_number_is_needed_and_never_which(asked: Asked) -> None:
    document = decode(asked.document)
    assert document["number_required"] is True
    assert "number" not in document
    other = await asked.house.start()
    assert "number_required" not in decode(await asked.phone.claim(other.otp))


async def test_numbers_are_two_digits_and_differ(asked: Asked) -> None:
    started = [await asked.house.start("numbered") for _ in range(30)]
    numbers = [(await asked.house.find(each.transaction_id)).number for each in started]
    assert all(number is not None and len(number) == 2 and number.isdigit() for number in numbers)
    assert len(set(numbers)) > 10


async def test_the_right_number_accepts(asked: Asked) -> None:
    assert await asked.accept(asked.number) == ("accepted", None)
    assert await asked.accept(asked.number) == ("accepted", None)
    assert await asked.state() == "accepted"
    assert await asked.traces() == (1, 1)


async def test_after_wrong_ones_the_right_one_still_accepts(asked: Asked) -> None:
    assert await asked.accept(asked.wrong[0]) == ("wrong_number", 2)
    assert await asked.accept(asked.wrong[1]) == ("wrong_number", 1)
    assert (await asked.state(), await asked.traces()) == ("claimed", (0, 0))
    assert await asked.accept(asked.number) == ("accepted", None)
    assert await asked.accept(asked.number) == ("accepted", None)
    with pytest.raises(WrongState):
        await asked.accept(asked.wrong[0])


async def test_the_same_wrong_number_again_is_not_counted_again(asked: Asked) -> None:
    for _ in range(5):
        assert await asked.accept(asked.wrong[0]) == ("wrong_number", 2)
    for _ in range(5):
        assert await asked.accept(asked.wrong[1]) == ("wrong_number", 1)
        assert await asked.accept(asked.wrong[0]) == ("wrong_number", 1)
    events = [
        detail["tries_left"] for name, detail in await asked.house.events(asked.transaction_id) if "wrong" in name
    ]
    assert sorted(events) == [1, 2]


async def test_the_third_wrong_number_ends_it_and_the_portal_is_called(asked: Asked) -> None:
    for number in asked.wrong[:2]:
        await asked.accept(number)
    assert await asked.accept(asked.wrong[2]) == ("invalid", None)
    ended = await asked.house.find(asked.transaction_id)
    assert (ended.state, ended.reason) == ("invalid", "wrong_number")
    assert ended.not_authenticated == ("invalid_answer", "Invalid push answer")
    assert await asked.traces() == (1, 1)
    assert ("transaction_invalid", {"reason": "wrong_number"}) in await asked.house.events(asked.transaction_id)
    assert await asked.accept(asked.wrong[2]) == ("invalid", None), "the answer was lost"
    for number in (asked.number, asked.wrong[3]):
        with pytest.raises(WrongState):
            await asked.accept(number)
    assert await asked.traces() == (1, 1)


async def test_a_yes_without_the_number_is_refused_and_counts_nothing(asked: Asked) -> None:
    with pytest.raises(MessageRefused) as caught:
        await asked.phone.verdict(asked.transaction_id, "accept", asked.document)
    assert caught.value.rule == "number"
    assert (await asked.house.find(asked.transaction_id)).wrong_numbers == ""


@pytest.mark.parametrize("tries", [0, 2])
async def test_a_no_needs_no_number(asked: Asked, tries: int) -> None:
    for number in asked.wrong[:tries]:
        await asked.accept(number)
    assert await asked.phone.answer(asked.transaction_id, "deny", asked.document) == "denied"


async def test_a_number_that_nobody_asked_for_does_no_harm(house: House) -> None:
    started, phone = await house.start(), await house.phone()
    document = await phone.claim(started.otp)
    assert await phone.answer(started.transaction_id, "accept", document, number="42") == "accepted"


async def test_who_signs_something_else_is_not_saved_by_the_right_number(asked: Asked) -> None:
    verdict = await asked.phone.answer(asked.transaction_id, "accept", "e30=", number=asked.number)
    assert verdict == "invalid"
    assert (await asked.house.find(asked.transaction_id)).reason is None


@pytest.mark.parametrize("choose", [lambda asked: asked.number, lambda asked: asked.wrong[0]])
@pytest.mark.parametrize("is_swept", [False, True])
async def test_too_late_is_too_late_for_any_number(
    asked: Asked, choose: Callable[[Asked], str], *, is_swept: bool
) -> None:
    await asked.accept(asked.wrong[0])
    asked.house.clock.move(60)
    if is_swept:
        await asked.house.flows.expire.sweep()
    with pytest.raises(Expired):
        await asked.accept(choose(asked))


async def test_an_enrolment_that_has_ended_counts_nothing(asked: Asked) -> None:
    caller = await asked.phone.caller()
    await asked.house.flows.enroll.disenroll(caller)
    body = asked.phone.seal({"decision": "accept", "challenge_document": asked.document, "number": asked.wrong[0]})
    with pytest.raises(Expired):
        await asked.house.flows.answer.answer(caller, asked.transaction_id, body)
    assert (await asked.house.find(asked.transaction_id)).wrong_numbers == ""
