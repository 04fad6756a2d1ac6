"""A server that remembers its visitors never acts on what has changed, wherever it changed.

Each story makes the first node remember a phone and its transaction; then something happens at the second node, of
which the first hears nothing; then the phone goes on at the first.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from tests.races.nodes import PORTAL, Node, Phone, enrolled
from tests.support.pgp import SequoiaPhone
from token_server.domain.callers import Device
from token_server.domain.errors import (
    MessageRefused,
    NotAuthenticated,
    NotEnrolled,
    TokenServerError,
    TransactionNotFound,
    UserDeregistered,
)
from token_server.domain.transactions import State
from token_server.flows.mobile_authentication.start import Started

COUNT_EVENTS = "SELECT COUNT(*) AS n FROM audit_events WHERE event = :event AND transaction_id = :id"
REFUSED = "SELECT refused_claims AS n FROM transactions WHERE transaction_id = :id"

Leave = Callable[[Node, Phone], Awaitable[Any]]


async def log_out(node: Node, phone: Phone) -> None:
    caller = await node.flows.callers.user(phone.access_token)
    await node.flows.refresh_tokens.revoke(Device(caller.device_id, "app"), phone.access_token)


async def leave_the_device(node: Node, _phone: Phone) -> None:
    await node.flows.user_devices.remove_all(PORTAL, "alice")


async def lose_mobile_authentication(node: Node, phone: Phone) -> None:
    caller = await node.flows.callers.user(phone.access_token)
    await node.flows.user_devices.disable_mobile_authentication(PORTAL, "alice", caller.device_id)


async def disenrol(node: Node, phone: Phone) -> None:
    await node.flows.enroll.disenroll(await node.flows.callers.user(phone.access_token))


async def enrol_with_another_key(node: Node, phone: Phone) -> None:
    await node.enroll(await node.flows.callers.user(phone.access_token), SequoiaPhone())


WAYS: list[tuple[Leave, type[TokenServerError]]] = [
    (log_out, NotAuthenticated),
    (leave_the_device, UserDeregistered),
    (lose_mobile_authentication, NotEnrolled),
    (disenrol, NotEnrolled),
    (enrol_with_another_key, MessageRefused),
]


async def remembered(nodes: list[Node]) -> Phone:
    """Return a phone that the first node remembers."""
    phone = await enrolled(nodes[0])
    await nodes[0].flows.callers.user(phone.access_token)
    assert (await nodes[0].flows.callers.remembered_user(phone.access_token)).is_remembered
    return phone


async def state(node: Node, started: Started) -> State:
    return (await node.flows.result.fetch(PORTAL, started.transaction_id)).state


@pytest.mark.parametrize(("leave", "error"), WAYS)
async def test_who_has_left_at_one_node_claims_nothing_at_another(
    nodes: list[Node], leave: Leave, error: type[TokenServerError]
) -> None:
    phone, started = await remembered(nodes), await nodes[0].start()
    await leave(nodes[1], phone)
    with pytest.raises(error):
        await phone.claim(nodes[0], started.otp)
    assert await state(nodes[1], started) is State.CREATED
    assert await nodes[0].count(COUNT_EVENTS, event="transaction_claimed", id=started.transaction_id) == 0


@pytest.mark.parametrize(("leave", "error"), WAYS)
async def test_who_has_left_at_one_node_answers_nothing_at_another(
    nodes: list[Node], leave: Leave, error: type[TokenServerError]
) -> None:
    phone, started = await remembered(nodes), await nodes[0].start()
    document = await phone.claim(nodes[0], started.otp)
    await leave(nodes[1], phone)
    with pytest.raises(error):
        await phone.answer(nodes[0], started.transaction_id, "accept", document)
    assert await state(nodes[1], started) is State.CLAIMED


async def test_an_enrolment_that_is_new_at_another_node_counts_at_once(nodes: list[Node]) -> None:
    phone, started = await remembered(nodes), await nodes[0].start()
    phone.key = SequoiaPhone()
    caller = await nodes[1].flows.callers.user(phone.access_token)
    phone.server_key = (await nodes[1].enroll(caller, phone.key)).server_public_key
    document = await phone.claim(nodes[0], started.otp)
    assert await phone.answer(nodes[0], started.transaction_id, "accept", document) == "accepted"


async def test_what_another_phone_has_claimed_elsewhere_is_not_found(nodes: list[Node]) -> None:
    phone, started = await remembered(nodes), await nodes[0].start()
    other = await enrolled(nodes[1], "bob")
    document = await other.claim(nodes[1], started.otp)
    with pytest.raises(TransactionNotFound):
        await phone.claim(nodes[0], started.otp)
    with pytest.raises(TransactionNotFound):
        await phone.answer(nodes[0], started.transaction_id, "accept", document)
    assert await other.answer(nodes[1], started.transaction_id, "accept", document) == "accepted"


async def test_what_was_answered_elsewhere_has_the_verdict_that_it_got_there(nodes: list[Node]) -> None:
    phone, started = await remembered(nodes), await nodes[0].start()
    document = await phone.claim(nodes[0], started.otp)
    assert await phone.answer(nodes[1], started.transaction_id, "deny", document) == "denied"
    assert await phone.answer(nodes[0], started.transaction_id, "deny", document) == "denied"
    with pytest.raises(TokenServerError):
        await phone.answer(nodes[0], started.transaction_id, "accept", document)
    assert await state(nodes[0], started) is State.DENIED
    assert await nodes[0].count(COUNT_EVENTS, event="transaction_denied", id=started.transaction_id) == 1


async def test_a_wrong_code_of_a_remembered_phone_is_counted_once(nodes: list[Node]) -> None:
    phone, started = await remembered(nodes), await nodes[0].start()
    scanned = json.loads(base64.urlsafe_b64decode(started.otp + "=" * (-len(started.otp) % 4)))
    wrong = base64.urlsafe_b64encode(json.dumps({**scanned, "otp": "A" * 22}).encode()).decode()
    with pytest.raises(TransactionNotFound):
        await phone.claim(nodes[0], wrong)
    assert await nodes[0].count(REFUSED, id=started.transaction_id) == 1
    event = "claim_refused_or_repeated"
    assert await nodes[0].count(COUNT_EVENTS, event=event, id=started.transaction_id) == 1


async def test_a_remembered_phone_that_signs_something_else_than_it_was_shown_ends_it(nodes: list[Node]) -> None:
    phone, started = await remembered(nodes), await nodes[0].start()
    await phone.claim(nodes[0], started.otp)
    other = base64.b64encode(b"{}").decode()
    assert await phone.answer(nodes[0], started.transaction_id, "accept", other) == "invalid"
    assert await state(nodes[1], started) is State.INVALID


async def test_who_says_not_me_elsewhere_is_asked_nothing_of_that_stranger_here(nodes: list[Node]) -> None:
    phone = await remembered(nodes)
    first, second = [await nodes[0].start(ip_address="198.51.100.7") for _ in range(2)]
    document = await phone.claim(nodes[1], first.otp)
    assert await phone.answer(nodes[1], first.transaction_id, "deny", document, reason="not_me") == "denied"
    with pytest.raises(TransactionNotFound):
        await phone.claim(nodes[0], second.otp)
    assert await state(nodes[0], second) is State.CREATED


async def test_a_remembered_phone_costs_no_look(nodes: list[Node]) -> None:
    """Otherwise nothing above would be about memories."""
    phone, started = await remembered(nodes), await nodes[0].start()
    document = await phone.claim(nodes[0], started.otp)
    body = phone.seal(decision="accept", challenge_document=document)
    caller = await nodes[0].flows.callers.remembered_user(phone.access_token)
    assert caller.is_remembered
    answer = partial(nodes[0].flows.answer.answer, transaction_id=started.transaction_id, body=body)
    assert phone.open(await answer(caller))["verdict"] == "accepted", "OnlyRemembered was not raised"
