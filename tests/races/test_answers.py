"""One transaction, many answers: the first one ends it, with one evidence, one letter and one audit event."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.races.nodes import Node, OpenNodes, Phone, enrolled
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners
from tests.support.clock import FrozenClock
from token_server.domain.transactions import State
from token_server.stores import transactions

DECISIONS = ["accept", "deny"] * 8
VERDICTS = {"accept": "accepted", "deny": "denied"}
EVIDENCE = "SELECT COUNT(*) AS n FROM evidence WHERE transaction_id = :id"
LETTERS = "SELECT COUNT(*) AS n FROM callbacks WHERE transaction_id = :id"
ENDS = """SELECT COUNT(*) AS n FROM audit_events WHERE transaction_id = :id AND event IN
    ('transaction_accepted', 'transaction_denied', 'transaction_expired', 'transaction_invalid')"""


async def traces(node: Node, transaction_id: str) -> tuple[int, int, int]:
    """Evidence, letters and endings in the audit trail, counted."""
    evidence, letters, ends = [await node.count(sql, id=transaction_id) for sql in (EVIDENCE, LETTERS, ENDS)]
    return evidence, letters, ends


async def state_of(node: Node, transaction_id: str) -> str:
    stored = await transactions.find(node.base.database.read, transaction_id)
    assert stored is not None
    return stored.state.value


async def claimed(node: Node, type_name: str = "login") -> tuple[Phone, str, str]:
    phone, started = await enrolled(node), await node.start(type_name)
    return phone, started.transaction_id, await phone.claim(node, started.otp)


async def test_accept_and_deny_meet_and_one_of_them_is_the_answer(nodes: list[Node]) -> None:
    phone, transaction_id, document = await claimed(nodes[0])
    race = [phone.answer(nodes[each % 4 // 2], transaction_id, DECISIONS[each], document) for each in SIXTEEN]
    outcomes = await at_once(race)
    state = await state_of(nodes[1], transaction_id)
    assert winners(outcomes) == [state] * 8
    assert refusals(outcomes) == {"WrongState": 8}
    assert [VERDICTS[DECISIONS[each]] for each in SIXTEEN if isinstance(outcomes[each], str)] == [state] * 8
    assert await traces(nodes[1], transaction_id) == (1, 1, 1)


async def test_every_repetition_gets_the_same_verdict_and_changes_nothing(nodes: list[Node]) -> None:
    phone, transaction_id, document = await claimed(nodes[0])
    verdict = await phone.answer(nodes[0], transaction_id, "deny", document)
    ended = await transactions.find(nodes[0].base.database.read, transaction_id)
    evidence = await transactions.find_evidence(nodes[0].base.database.read, transaction_id)
    race = [phone.answer(nodes[each % 4 // 2], transaction_id, DECISIONS[each], document) for each in SIXTEEN]
    outcomes = await at_once(race)
    assert winners(outcomes) == [verdict] * 8 == ["denied"] * 8
    assert refusals(outcomes) == {"WrongState": 8}
    assert await transactions.find(nodes[1].base.database.read, transaction_id) == ended
    assert await transactions.find_evidence(nodes[1].base.database.read, transaction_id) == evidence
    assert await traces(nodes[1], transaction_id) == (1, 1, 1)


@pytest.mark.parametrize(
    ("phone_is_late_ms", "sweeper_is_late_ms", "possible"),
    [(-1, -1, {"accepted"}), (-1, 0, {"accepted", "expired"}), (0, 0, {"expired"}), (0, -1, {"claimed"})],
)
async def test_answers_and_sweeps_meet_at_the_last_millisecond(
    open_nodes: OpenNodes, phone_is_late_ms: int, sweeper_is_late_ms: int, possible: set[str]
) -> None:
    answering, sweeping = [FrozenClock(time.time_ns() // 1_000_000) for _ in range(2)]
    nodes = await open_nodes(answering, sweeping)
    phone, transaction_id, document = await claimed(nodes[0])
    answering.move(60 + phone_is_late_ms / 1000)
    sweeping.move(60 + sweeper_is_late_ms / 1000)
    answers = [phone.answer(nodes[0], transaction_id, "accept", document) for _ in range(8)]
    sweeps = [nodes[1].flows.expire.sweep() for _ in range(8)]
    answered, swept = await asyncio.gather(at_once(answers), at_once(sweeps))
    state = await state_of(nodes[0], transaction_id)
    assert state in possible
    assert winners(answered) == (["accepted"] * 8 if state == State.ACCEPTED else [])
    assert refusals(answered) == ({} if state == State.ACCEPTED else {"Expired": 8})
    assert sum(winners(swept)) == (1 if state == State.EXPIRED else 0)
    assert refusals(swept) == {}
    expected = {"accepted": (1, 1, 1), "expired": (0, 1, 1), "claimed": (0, 0, 0)}
    assert await traces(nodes[0], transaction_id) == expected[state]
