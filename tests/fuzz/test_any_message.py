"""Any bytes where an OpenPGP message, key or proof belongs: a refusal that names its rule, and nothing changes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.conftest import ForgedPhoneOf
from tests.fuzz.documented import check_documented
from tests.fuzz.forged_phone import ForgedPhone, armored
from tests.fuzz.snapshots import nothing_changes
from tests.support.openapi import MOBILE
from tests.support.pgp_forgery import envelope, literal, packet
from tests.support.server import World

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
TAGS = [1, 2, 4, 6, 8, 9, 11, 13, 14, 17, 18, 20, 21, 60]
many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
bodies = st.binary(max_size=80) | st.sampled_from([b"\3", b"\4", b"\6"]).flatmap(
    lambda version: st.binary(max_size=80).map(lambda rest: version + rest)
)
packets = st.lists(st.builds(packet, st.sampled_from(TAGS), bodies), max_size=6).map(b"".join)
anything = st.binary(max_size=400) | packets


@pytest.fixture
async def phone(world: World, forged_phone_of: ForgedPhoneOf) -> AsyncIterator[ForgedPhone]:
    """An enrolled phone in a database that stays as it is."""
    made = await forged_phone_of(world)
    await world.start()
    async with nothing_changes(world.base.database):
        yield made


@many
@given(anything, st.sampled_from(["claim", "5927555c-d40c-408d-8149-b3db671e14cc/answer"]))
async def test_any_body_is_no_message(phone: ForgedPhone, body: bytes, path: str) -> None:
    for sent in (body, envelope(body, phone.server_armored), phone.wrap(body)):
        reply = await phone.post_sealed(path, sent)
        name = "claimTransaction" if path == "claim" else "answerTransaction"
        assert check_documented(MOBILE, name, reply) == 400
        assert (reply.json["code"], bool(reply.json["rule"])) == ("message_refused", True)


@many
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
async def test_any_signed_content_is_no_claim(phone: ForgedPhone, content: bytes) -> None:
    reply = await phone.post_sealed("claim", phone.wrap(phone.forged.message(content)))
    assert check_documented(MOBILE, "claimTransaction", reply) == 400
    assert reply.json["rule"] == "content"


@many
@given(anything, st.sampled_from(["PUBLIC KEY BLOCK", "MESSAGE", "PRIVATE KEY BLOCK", ""]))
async def test_any_material_is_no_key(phone: ForgedPhone, material: bytes, label: str) -> None:
    reply = await phone.offer(armored(label, material))
    assert check_documented(MOBILE, "enroll", reply) == 400
    assert (reply.json["code"], bool(reply.json["rule"])) == ("key_refused", True)


@many
@given(anything)
async def test_any_bytes_are_no_proof(phone: ForgedPhone, proof: bytes) -> None:
    for sent in (proof, packet(2, proof), literal(proof)):
        reply = await phone.offer(armored("PUBLIC KEY BLOCK", phone.forged.public()), sent)
        assert check_documented(MOBILE, "enroll", reply) == 400
        assert (reply.json["code"], bool(reply.json["rule"])) == ("proof_refused", True)
