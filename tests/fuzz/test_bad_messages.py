"""Bad OpenPGP messages over HTTP: each is refused by its rule, and nothing in the database changes."""

from __future__ import annotations

import base64
import json
import struct
import time
from collections import Counter
from collections.abc import Iterable
from functools import partial

import pytest

from tests.fuzz.bad_messages import (
    LARGEST_BODY,
    NO_ANSWER,
    NO_CLAIM,
    NO_CONTENT,
    badly_said,
    badly_signed,
    badly_wrapped,
)
from tests.fuzz.conftest import ForgedPhoneOf, plant_patience
from tests.fuzz.forged_phone import ForgedPhone
from tests.fuzz.snapshots import every_letter_delivered, nothing_changes
from tests.journeys.patience import eventually
from tests.journeys.wire_phone import Reply, scan
from tests.support.mutations import cut, flipped, spliced
from tests.support.pgp_forgery import ForgedKey, framed, packet, subpacket
from tests.support.server import World
from token_server.database.engine import UnitOfWork
from token_server.stores import transactions

MUTATED_RULES = {"undecryptable", "not_signed", "malformed", "signature", "signature_type", "weak_hash", "compressed"}
on_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


async def claimed(world: World, phone: ForgedPhone) -> tuple[str, dict[str, str]]:
    """A transaction that the phone has claimed, and what an honest phone would answer."""
    started = await world.start("patient")
    assert (await phone.claim(started["otp"])).status == 200
    transaction = await transactions.find(world.base.database.read, started["transaction_id"])
    assert transaction is not None
    document = base64.b64encode(transaction.challenge_document or b"").decode()
    return transaction.transaction_id, {"decision": "accept", "challenge_document": document}


def rule_of(reply: Reply) -> str:
    """The rule by which a message was refused, else the status and the code."""
    if reply.status == 200:
        return "200"
    assert reply.headers["Content-Type"] == "application/problem+json"
    if reply.problem == (400, "message_refused"):
        return str(reply.json["rule"])
    return f"{reply.status} {reply.json['code']}"


async def rules(phone: ForgedPhone, path: str, bodies: Iterable[bytes]) -> Counter[str]:
    return Counter([rule_of(await phone.post_sealed(path, body)) for body in bodies])


async def test_every_bad_message_is_refused_by_its_rule_and_changes_nothing(
    world: World, forged_phone_of: ForgedPhoneOf
) -> None:
    await plant_patience(world)
    phone = await forged_phone_of(world)
    started = await world.start("patient")
    claim = {**scan(started["otp"]), "nonce": "a nonce"}
    transaction_id, answer = await claimed(world, phone)
    for path, honest, contents in (
        ("claim", claim, NO_CONTENT + NO_CLAIM),
        (f"{transaction_id}/answer", answer, NO_CONTENT + NO_ANSWER),
    ):
        content = json.dumps(honest).encode()
        async with nothing_changes(world.base.database):
            for bad in (badly_wrapped(phone, content), badly_signed(phone, content), badly_said(phone, contents)):
                for number, (rule, body) in enumerate(bad):
                    assert rule_of(await phone.post_sealed(path, body)) == rule, (path, rule, number)
            huge = await phone.post_sealed(path, bytes(LARGEST_BODY + 1))
            assert huge.problem == (413, "body_too_large")
            wrong_type = await phone.send("POST", f"/mobile/v1/transactions/{path}", headers=phone.bearer, json=honest)
            assert wrong_type.problem == (415, "unsupported_media_type")
    assert (await phone.claim(started["otp"])).status == 200
    assert (await phone.post_sealed(f"{transaction_id}/answer", phone.seal(answer))).status == 200
    assert (await world.result(transaction_id))["is_authenticated"]


async def test_keys_that_end_after_their_enrolment_end_what_can_be_said_with_them(
    world: World, forged_phone_of: ForgedPhoneOf
) -> None:
    await plant_patience(world)
    phone = await forged_phone_of(world)
    transaction_id, answer = await claimed(world, phone)
    key, lifetime = phone.forged, subpacket(9, struct.pack(">I", 1800))
    expired = key.public(certification=key.over_user_id(more=lifetime))
    primary = packet(6, key.body)
    revocation = packet(2, key.signature(0x20, framed(key.body), made_s=int(time.time()) - 5))
    revoked = primary + revocation + key.public().removeprefix(primary)
    in_its_life = phone.wrap(key.message(json.dumps(answer).encode(), made_s=key.created_s + 60))
    for certificate, body, rule in (
        (expired, in_its_life, "expired"),
        (expired, phone.seal(answer), "signature"),
        (revoked, phone.seal(answer), "signature"),
        (ForgedKey().public(), phone.seal(answer), "signature"),
    ):
        await world.base.database.write(
            partial(exchange_key, enrollment_id=phone.enrollment_id, certificate=certificate)
        )
        async with nothing_changes(world.base.database):
            assert rule_of(await phone.post_sealed(f"{transaction_id}/answer", body)) == rule


async def exchange_key(unit: UnitOfWork, *, enrollment_id: str, certificate: bytes) -> None:
    """What time, or the owner, has done to a key meanwhile."""
    change = "UPDATE enrollments SET device_key = :certificate WHERE enrollment_id = :enrollment_id"
    assert await unit.run(change, certificate=certificate, enrollment_id=enrollment_id) == 1


@on_sqlite
async def test_a_thousand_broken_messages_are_refused_and_change_nothing(
    world: World, forged_phone_of: ForgedPhoneOf
) -> None:
    await plant_patience(world)
    phone = await forged_phone_of(world)
    started = await world.start("patient")
    assert (await phone.claim(started["otp"])).status == 200
    good = phone.seal({**scan(started["otp"]), "nonce": "a nonce"})
    changes = [*cut(good), *flipped(good), *spliced(good, 100)]
    assert len(changes) > 1000
    async with nothing_changes(world.base.database):
        found = await rules(phone, "claim", changes)
    # Nobody signs the length of a number in bits, nor the top bit of a point on Curve25519 (RFC 7748 section 5); the
    # phone has claimed already, so hearing the same claim once more changes nothing.
    assert found.pop("200", 0) <= 6
    assert set(found) == {"undecryptable"}


@on_sqlite
async def test_a_thousand_broken_signed_messages_are_refused_and_change_nothing(
    world: World, forged_phone_of: ForgedPhoneOf
) -> None:
    await plant_patience(world)
    phone = await forged_phone_of(world)
    transaction_id, answer = await claimed(world, phone)
    short = {"decision": "accept", "challenge_document": answer["challenge_document"][:40]}
    denial = phone.seal({**answer, "decision": "deny"})
    assert (await phone.post_sealed(f"{transaction_id}/answer", denial)).status == 200
    await eventually(partial(every_letter_delivered, world.base.database))
    good = phone.forged.message(json.dumps(short).encode())
    changes = [*cut(good), *flipped(good), *spliced(good, 150)]
    assert len(changes) > 800
    async with nothing_changes(world.base.database):
        found = await rules(phone, f"{transaction_id}/answer", map(phone.wrap, changes))
    # What means the same is told that the transaction is over: a file name, a date, hints outside the signed part.
    assert found.pop("409 already_answered", 0) < 50
    assert set(found) <= MUTATED_RULES | {"several_signatures"}
    assert len(found) >= 4
