"""A third OpenPGP implementation as the phone: whole logins with nothing but gpg, and its opinion on the evidence."""

from __future__ import annotations

import base64
import json

import pytest

from tests.interop.conftest import GpgPhoneOf
from tests.support.gpg_phone import KINDS, OWN_KEY, GpgPhone, verified_content
from tests.support.pgp import Gpg, GpgFailed
from tests.support.server import OpenWorld, World
from token_server.stores import enrollments, transactions

pytestmark = pytest.mark.needs_gpg
every_kind = pytest.mark.parametrize("kind", KINDS)
on_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@every_kind
async def test_a_login_with_nothing_but_gpg_leaves_evidence_that_gpg_believes(
    world: World, gpg_phone_of: GpgPhoneOf, empty_gpg: Gpg, kind: str
) -> None:
    phone = await gpg_phone_of(world, kind)
    started = await world.start()
    transaction_id = started["transaction_id"]
    document_b64 = await phone.challenge(started["otp"])
    reply = await phone.answer(transaction_id, "accept", document_b64)
    assert phone.open(reply) == {"transaction_id": transaction_id, "verdict": "accepted"}
    await world.callbacks.wait_for(transaction_id)
    result = await world.result(transaction_id)
    assert (result["is_authenticated"], result["user_id"]) == (True, "alice")
    signed_answer = await check_evidence(world, phone, empty_gpg, transaction_id)
    assert signed_answer == {"decision": "accept", "challenge_document": document_b64}
    shown = json.loads(base64.b64decode(signed_answer["challenge_document"]))
    assert (shown["transaction_id"], shown["message"], shown["user_id"]) == (transaction_id, "Log in at Shop", "alice")
    assert shown["portal"] == {"name": "Example Shop", "origin": "https://shop.example"}
    assert shown["enrollment_id"] == phone.enrollment_id


async def check_evidence(world: World, phone: GpgPhone, verifier: Gpg, transaction_id: str) -> dict[str, str]:
    """What the device signed, according to a gpg that knows nothing but the stored public key."""
    read = world.base.database.read
    evidence = await transactions.find_evidence(read, transaction_id)
    enrollment = await enrollments.find_live(read, phone.profile_id)
    assert evidence is not None
    assert enrollment is not None
    with pytest.raises(GpgFailed):
        verifier.run("--verify", feed=evidence)
    verifier.run("--import", feed=enrollment.device_key)
    assert enrollment.device_key_fingerprint == phone.gpg.fingerprint(OWN_KEY)
    content = verified_content(verifier, evidence, enrollment.device_key_fingerprint)
    assert content[:40] in evidence, "kept as it was signed: in parts, as gpg writes it, and not compressed"
    with pytest.raises(GpgFailed):
        verifier.run("--verify", feed=evidence.replace(b'"accept"', b'"accepT"'))
    signed: dict[str, str] = json.loads(content)
    return signed


async def test_a_denial_with_gpg_is_heard_and_repeating_it_changes_nothing(
    world: World, gpg_phone_of: GpgPhoneOf
) -> None:
    phone = await gpg_phone_of(world, "ed25519")
    started = await world.start()
    document_b64 = await phone.challenge(started["otp"])
    assert await phone.challenge(started["otp"]) == document_b64
    for _ in range(2):
        reply = await phone.answer(started["transaction_id"], "deny", document_b64, reason="not_me")
        assert phone.open(reply)["verdict"] == "denied"
    assert (await phone.answer(started["transaction_id"], "accept", document_b64)).problem == (409, "already_answered")
    result = await world.result(started["transaction_id"])
    assert result["not_authenticated_reason"]["reason"] == "not_me"


@on_sqlite
@every_kind
async def test_gpg_enrols_with_a_server_key_of_its_own(
    open_world: OpenWorld, gpg_phone_of: GpgPhoneOf, kind: str
) -> None:
    world = await open_world(unique_pgp_keys_per_enrollment=True)
    phone = await gpg_phone_of(world, kind)
    shared = (await world.server.flows.server_keys.shared()).fingerprint
    assert phone.server_fingerprint != shared
    started = await world.start()
    reply = await phone.answer(started["transaction_id"], "accept", await phone.challenge(started["otp"]))
    assert phone.open(reply)["verdict"] == "accepted"


@on_sqlite
async def test_what_gpg_does_by_default_is_refused_by_name_over_http(world: World, gpg_phone_of: GpgPhoneOf) -> None:
    phone = await gpg_phone_of(world, "ed25519")
    gpg, server = phone.gpg, phone.server_fingerprint
    content = json.dumps({"decision": "accept", "challenge_document": "A" * 400}).encode()
    plain = gpg.sign(OWN_KEY, content)
    for body, rule in (
        (gpg.encrypt([server], gpg.sign(OWN_KEY, content, "--compress-algo", "zip")), "compressed"),
        (gpg.encrypt([server], plain, "--compress-algo", "zlib"), "compressed"),
        (gpg.run("-u", OWN_KEY, "-r", server, "--compress-algo", "none", "-se", feed=content), "not_nested"),
        (gpg.encrypt([server], content), "not_signed"),
        (gpg.encrypt([server], gpg.sign(OWN_KEY, content, "--digest-algo", "SHA1")), "weak_hash"),
        (gpg.encrypt([OWN_KEY], plain), "undecryptable"),
        (gpg.encrypt([server], plain, "--armor"), "undecryptable"),
    ):
        reply = await phone.post_sealed("claim", body)
        assert (*reply.problem, reply.json["rule"]) == (400, "message_refused", rule)
