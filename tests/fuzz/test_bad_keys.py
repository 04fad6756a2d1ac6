"""Bad OpenPGP keys and proofs over HTTP: each is refused by its rule, and nothing in the database changes."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.fuzz.bad_keys import bad_keys, bad_proofs, gpg_keys
from tests.fuzz.conftest import ForgedPhoneOf
from tests.fuzz.forged_phone import ForgedPhone, armored
from tests.fuzz.snapshots import nothing_changes
from tests.journeys.wire_phone import Reply
from tests.support.mutations import cut, flipped, spliced
from tests.support.pgp import Gpg
from tests.support.server import OpenWorld, World

ENROLLMENTS = "/mobile/v1/enrollments"
PUBLIC_KEY = "PUBLIC KEY BLOCK"
MUTATED_RULES = {"malformed", "key_version", "algorithm", "weak_hash", "self_signature", "no_signing_key"}
MUTATED_RULES |= {"no_encryption_key", "expired", "not_yet_valid", "revoked", "several_keys", "secret_key"}
on_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


async def one_that_is_enrolled(world: World, forged_phone_of: ForgedPhoneOf) -> ForgedPhone:
    """A phone that holds on to its enrolment, in a world in which something happened before."""
    await world.start()
    return await forged_phone_of(world)


def verdict(reply: Reply) -> str:
    """What was refused and by which rule, else the status and the code."""
    if reply.status < 300:
        return str(reply.status)
    assert reply.headers["Content-Type"] == "application/problem+json"
    rule = f" {reply.json['rule']}" if "rule" in reply.json else ""
    return f"{reply.status} {reply.json['code']}{rule}"


async def check_refusals(phone: ForgedPhone, bad: Iterable[tuple[str, bytes]]) -> None:
    for number, (rule, material) in enumerate(bad):
        assert verdict(await phone.offer(armored(PUBLIC_KEY, material))) == f"400 key_refused {rule}", (rule, number)


async def test_every_bad_key_is_refused_by_its_rule_and_changes_nothing(
    world: World, forged_phone_of: ForgedPhoneOf
) -> None:
    phone = await one_that_is_enrolled(world, forged_phone_of)
    async with nothing_changes(world.base.database):
        await check_refusals(phone, bad_keys())
        for text in ("", "hello", "\0", "\u00fc", "-----BEGIN PGP PUBLIC KEY BLOCK-----", "x" * 20_000):
            reply = await phone.offer(text)
            assert reply.problem in {(400, "key_refused"), (400, "invalid_request")}, text[:40]
        huge = await phone.offer("x" * 66_000)
        assert huge.problem == (413, "body_too_large")


@on_sqlite
@pytest.mark.needs_gpg
async def test_bad_keys_of_gpg_are_refused_too(world: World, forged_phone_of: ForgedPhoneOf) -> None:
    phone = await one_that_is_enrolled(world, forged_phone_of)
    with tempfile.TemporaryDirectory(prefix="gpg") as folder:
        gpg = Gpg(Path(folder) / "h")
        async with nothing_changes(world.base.database):
            await check_refusals(phone, gpg_keys(gpg))
        gpg.stop()


async def test_every_bad_proof_is_refused_by_its_rule_and_changes_nothing(
    world: World, forged_phone_of: ForgedPhoneOf
) -> None:
    phone = await one_that_is_enrolled(world, forged_phone_of)
    good = armored(PUBLIC_KEY, phone.forged.public())
    async with nothing_changes(world.base.database):
        for number, (rule, proof) in enumerate(bad_proofs(phone)):
            assert verdict(await phone.offer(good, proof)) == f"400 proof_refused {rule}", (rule, number)
        for proof_text in ("no base64", "AAA", "=", "\u00fc"):
            told = {"public_key": good, "proof": proof_text}
            reply = await phone.send("POST", ENROLLMENTS, headers=phone.bearer, json=told)
            assert (*reply.problem, reply.json["parameter"]) == (400, "invalid_request", "proof")
    assert (await phone.offer(good)).status == 200


@on_sqlite
async def test_a_thousand_broken_keys_are_refused_and_change_nothing(
    open_world: OpenWorld, forged_phone_of: ForgedPhoneOf
) -> None:
    world = await open_world(re_enrollment_allowed=False)
    phone = await one_that_is_enrolled(world, forged_phone_of)
    good = phone.forged.public()
    changes = [*cut(good), *flipped(good), *spliced(good, 50)]
    assert len(changes) > 800
    async with nothing_changes(world.base.database):
        replies = [await phone.offer(armored(PUBLIC_KEY, change)) for change in changes]
    found = Counter(verdict(reply) for reply in replies)
    # Hints outside the signed parts mean nothing: the same key with another hint is another certificate, for which the
    # proof is good; and a broken encryption key leaves a certificate without one.
    assert found.pop("409 already_enrolled", 0) + found.pop("200", 0) < len(changes) / 8
    assert set(found) <= {f"400 key_refused {rule}" for rule in MUTATED_RULES} | {"400 proof_refused signature"}
    assert found["400 key_refused malformed"] > len(good) / 2


@on_sqlite
async def test_hundreds_of_broken_proofs_are_refused_and_change_nothing(
    world: World, forged_phone_of: ForgedPhoneOf
) -> None:
    phone = await one_that_is_enrolled(world, forged_phone_of)
    key, good = armored(PUBLIC_KEY, phone.forged.public()), phone.prove()
    changes = [*cut(good), *flipped(good), *spliced(good, 50)]
    async with nothing_changes(world.base.database):
        found = Counter([verdict(await phone.offer(key, change)) for change in changes])
    assert found.pop("200", 0) < 10, "hints outside the signed part; the enrolment is the one there was"
    rules = {"malformed", "signature", "signature_type", "weak_hash"}
    assert set(found) <= {f"400 proof_refused {rule}" for rule in rules}
