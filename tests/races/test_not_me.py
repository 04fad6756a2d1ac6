"""A user says "not me" while phones claim and answer what the same stranger has started: everything ends once."""

from __future__ import annotations

import asyncio
import time

from tests.races.nodes import Node, OpenNodes, Phone, enrolled
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners
from tests.races.test_answers import traces
from tests.support.clock import FrozenClock
from token_server.domain.transactions import State, Transaction
from token_server.flows.mobile_authentication.start import Started
from token_server.stores import transactions

ADDRESS = "203.0.113.7"
REPORTS = "SELECT COUNT(*) AS n FROM not_me_reports"
Held = tuple[Started, str]


async def start(nodes: list[Node], count: int) -> list[Started]:
    """Transactions that one stranger starts, all of them before anything else happens."""
    return [await nodes[each % 2].start(ip_address=ADDRESS) for each in range(count)]


async def held_by(phone: Phone, nodes: list[Node], count: int) -> list[Held]:
    """As many, claimed by the phone."""
    return [(each, await phone.claim(nodes[0], each.otp)) for each in await start(nodes, count)]


async def stored(node: Node, started: Started) -> Transaction:
    """The transaction as it is now."""
    found = await transactions.find(node.base.database.read, started.transaction_id)
    assert found is not None
    return found


async def not_me(phone: Phone, node: Node, held: Held) -> str:
    """Say that this one was not theirs."""
    started, document = held
    return await phone.answer(node, started.transaction_id, "deny", document, reason="not_me")


async def accept(phone: Phone, node: Node, held: Held) -> str:
    """Say yes to this one."""
    started, document = held
    return await phone.answer(node, started.transaction_id, "accept", document)


async def test_each_of_the_others_is_accepted_in_time_or_ends_with_the_report_and_once(nodes: list[Node]) -> None:
    phone = await enrolled(nodes[0])
    first, *others = await held_by(phone, nodes, 8)
    race = [not_me(phone, nodes[0], first), *(accept(phone, nodes[each % 2], others[each]) for each in range(7))]
    outcomes = await at_once(race)
    assert outcomes[0] == "denied"
    for (started, _), outcome in zip(others, outcomes[1:], strict=True):
        found = await stored(nodes[0], started)
        if isinstance(outcome, str):
            assert (outcome, found.state, found.reason) == ("accepted", State.ACCEPTED, None)
        else:
            assert type(outcome).__name__ == "WrongState"
            assert (found.state, found.reason) == (State.DENIED, "not_me")
        assert await traces(nodes[0], started.transaction_id) == (int(isinstance(outcome, str)), 1, 1)
    assert await nodes[0].count(REPORTS) == 1


async def test_sixteen_reports_of_one_phone_wait_for_each_other_and_never_for_ever(nodes: list[Node]) -> None:
    phone = await enrolled(nodes[0])
    held = await held_by(phone, nodes, 16)
    began = time.monotonic()
    outcomes = await at_once(not_me(phone, nodes[each % 2], held[each]) for each in SIXTEEN)
    assert outcomes == ["denied"] * 16
    assert time.monotonic() - began < 10
    for started, _ in held:
        assert (await stored(nodes[1], started)).reason == "not_me"
        evidence, letters, ends = await traces(nodes[1], started.transaction_id)
        assert (letters, ends) == (1, 1)
        assert evidence <= 1
    assert await nodes[0].count(REPORTS) >= 1


async def test_what_is_claimed_beside_the_report_is_never_accepted_after_it(open_nodes: OpenNodes) -> None:
    clock = FrozenClock(time.time_ns() // 1_000_000)
    nodes = await open_nodes(clock, clock)
    phone = await enrolled(nodes[0])
    waiting = await start(nodes, 15)
    first = (await held_by(phone, nodes, 1))[0]
    claims = [phone.claim(nodes[each % 2], waiting[each].otp) for each in range(15)]
    claimed, reported = await asyncio.gather(at_once(claims), not_me(phone, nodes[1], first))
    assert reported == "denied"
    assert set(refusals(claimed)) <= {"TransactionNotFound"}
    held = [(one, document) for one, document in zip(waiting, claimed, strict=True) if isinstance(document, str)]
    accepted = await at_once(accept(phone, nodes[each % 2], held[each]) for each in range(len(held)))
    assert winners(accepted) == []
    assert set(refusals(accepted)) <= {"WrongState"}
    for started, _ in held:
        found = await stored(nodes[0], started)
        assert (found.state, found.reason) == (State.DENIED, "not_me")
        assert await traces(nodes[0], started.transaction_id) == (0, 1, 1)
    again = await at_once(phone.claim(nodes[each % 2], waiting[each].otp) for each in range(15))
    assert winners(again) == []
    unclaimed = [one for one in waiting if (await stored(nodes[0], one)).state is State.CREATED]
    assert len(unclaimed) + len(held) == 15


async def test_two_users_at_one_address_do_not_stop_each_other(nodes: list[Node]) -> None:
    alice, bob = await enrolled(nodes[0], "alice"), await enrolled(nodes[1], "bob")
    hers, his = await held_by(alice, nodes, 8), await held_by(bob, nodes, 8)
    race = [not_me(alice, nodes[each % 2], hers[each]) for each in range(8)]
    race += [accept(bob, nodes[each % 2], his[each]) for each in range(8)]
    outcomes = await at_once(race)
    assert outcomes == ["denied"] * 8 + ["accepted"] * 8
