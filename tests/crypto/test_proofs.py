"""The enrolment proof: only the key itself can make it, over exactly these bytes."""

from __future__ import annotations

import pytest

from tests.crypto.conftest import Enrolled
from tests.support.pgp import Gpg, PgpyPhone, SequoiaPhone
from tests.support.pgp_forgery import ForgedKey, compressed, packet
from token_server.crypto.openpgp import DeviceKey, check_proof, read_device_key
from token_server.domain.errors import ProofRefused

TOKEN = b"an.access.token"


def rule_for(signature: bytes, key: DeviceKey) -> str:
    with pytest.raises(ProofRefused) as refused:
        check_proof(TOKEN, signature, key)
    return refused.value.rule


def test_a_proof_is_accepted_binary_and_armored(enrolled: Enrolled, pgpy_phone: PgpyPhone) -> None:
    check_proof(TOKEN, enrolled.phone.prove(TOKEN), enrolled.key)
    check_proof(TOKEN, enrolled.phone.prove(TOKEN, armor=True), enrolled.key)
    check_proof(TOKEN, pgpy_phone.prove(TOKEN), read_device_key(pgpy_phone.public))


@pytest.mark.needs_gpg
def test_a_proof_of_gpg_is_accepted(gpg: Gpg) -> None:
    key = read_device_key(gpg.export("phone"))
    for options in ([], ["--armor"]):
        check_proof(TOKEN, gpg.run("--local-user", "phone", "--detach-sign", *options, feed=TOKEN), key)


def test_a_proof_over_something_else_or_by_somebody_else_is_refused(enrolled: Enrolled) -> None:
    assert rule_for(enrolled.phone.prove(b"another.token"), enrolled.key) == "signature"
    assert rule_for(SequoiaPhone().prove(TOKEN), enrolled.key) == "signature"


def test_a_proof_is_one_signature_over_binary_data(enrolled: Enrolled) -> None:
    good = enrolled.phone.prove(TOKEN)
    assert rule_for(good + good, enrolled.key) == "malformed"
    assert rule_for(compressed(good, "zip"), enrolled.key) == "malformed"
    assert rule_for(enrolled.phone.sign(TOKEN), enrolled.key) == "malformed"
    assert rule_for(b"", enrolled.key) == "malformed"
    assert rule_for(TOKEN, enrolled.key) == "malformed"
    assert rule_for(packet(2, b"\4\0"), enrolled.key) == "malformed"
    assert rule_for(packet(2, b"\3" + bytes(30)), enrolled.key) == "malformed"
    assert rule_for(bytes(9000), enrolled.key) == "too_large"


def test_weak_hashes_and_other_kinds_are_refused() -> None:
    forged = ForgedKey()
    key = read_device_key(forged.public())
    check_proof(TOKEN, packet(2, forged.signature(0, TOKEN)), key)
    assert rule_for(packet(2, forged.signature(0, TOKEN, digest="sha1")), key) == "weak_hash"
    assert rule_for(packet(2, forged.signature(1, TOKEN)), key) == "signature_type"


def test_every_flipped_bit_of_a_proof_is_refused(enrolled: Enrolled) -> None:
    good = enrolled.phone.prove(TOKEN)
    for position in range(len(good)):
        changed = good[:position] + bytes((good[position] ^ 1,)) + good[position + 1 :]
        try:
            check_proof(TOKEN, changed, enrolled.key)
        except ProofRefused:
            continue
        assert position in unhashed_octets(good), f"octet {position} means nothing"


def unhashed_octets(signature: bytes) -> range:
    """The octets of a version 4 signature that it does not cover: hints that change no meaning."""
    start = len(signature) - 66 - 2 - 2  # two numbers of 256 bits, and the digest's first octets
    return range(start - 16, len(signature))
