"""One code, many phones: the first enrolled device gets the transaction, nobody else ever does."""

from __future__ import annotations

from itertools import cycle

from tests.races.nodes import Crowd, Node, enrolled
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners
from token_server.stores import transactions

CLAIMED = "SELECT COUNT(*) AS n FROM audit_events WHERE transaction_id = :id AND event = 'transaction_claimed'"


async def test_of_sixteen_phones_one_claims_and_the_others_find_nothing(nodes: list[Node], crowd: Crowd) -> None:
    phones = await crowd(nodes, 16)
    started = await nodes[0].start()
    race = [phone.claim(node, started.otp) for phone, node in zip(phones, cycle(nodes), strict=False)]
    outcomes = await at_once(race)
    assert len(winners(outcomes)) == 1
    assert refusals(outcomes) == {"TransactionNotFound": 15}
    winner = next(phone for phone, outcome in zip(phones, outcomes, strict=True) if isinstance(outcome, str))
    stored = await transactions.find(nodes[1].base.database.read, started.transaction_id)
    assert stored is not None
    caller = await winner.at(nodes[1])
    assert (stored.state, stored.user_id, stored.device_id) == ("claimed", caller.user_id, caller.device_id)
    assert await nodes[0].count(CLAIMED, id=started.transaction_id) == 1


async def test_all_repeat_and_the_winner_gets_the_same_document_byte_for_byte(nodes: list[Node], crowd: Crowd) -> None:
    phones = await crowd(nodes, 4)
    started = await nodes[0].start()
    first = await at_once(phone.claim(node, started.otp) for phone, node in zip(phones, cycle(nodes), strict=False))
    again = await at_once(phone.claim(node, started.otp) for phone in phones for node in nodes * 2)
    document = winners(first)
    assert len(document) == 1
    assert winners(again) == document * 4
    assert refusals(again) == {"TransactionNotFound": 12}


async def test_one_phone_claims_sixteen_times_at_once_and_sees_one_challenge(nodes: list[Node]) -> None:
    phone = await enrolled(nodes[0])
    started = await nodes[0].start()
    outcomes = await at_once(phone.claim(nodes[each % 2], started.otp) for each in SIXTEEN)
    assert refusals(outcomes) == {}
    assert len(set(winners(outcomes))) == 1
    assert await nodes[0].count(CLAIMED, id=started.transaction_id) == 1
