"""The signature inside a message: whose it is, when it was made, and with what."""

from __future__ import annotations

import struct
import time

import pytest

from tests.crypto.conftest import Enrolled, rule_for
from tests.support.pgp import Gpg, HashAlgorithm, PgpyPhone, SequoiaPhone
from tests.support.pgp_forgery import (
    ForgedKey,
    envelope,
    literal,
    subpacket,
)
from token_server.crypto.openpgp import DeviceKey, ServerKey, open_message, read_device_key, seal_message
from token_server.domain.errors import KeyRefused

CONTENT = b'{"decision":"accept","challenge_document":"o"}'


@pytest.fixture(scope="module")
def forged() -> ForgedKey:
    return ForgedKey()


def test_weak_hashes_and_other_kinds_of_signatures_are_refused(server: ServerKey, forged: ForgedKey) -> None:
    key = read_device_key(forged.public())
    for digest in ("md5", "sha1", "ripemd160", "sha224"):
        body = envelope(literal(forged.message(CONTENT, digest=digest)), server.public_armored)
        assert rule_for(body, server, key) == "weak_hash"
    for kind in (0x01, 0x02, 0x10, 0x13, 0x18, 0x40, 0x50):
        body = envelope(literal(forged.message(CONTENT, kind=kind)), server.public_armored)
        assert rule_for(body, server, key) == "signature_type"
    body = envelope(literal(forged.message(CONTENT)), server.public_armored)
    assert open_message(body, receiver=server, sender=key).content == CONTENT


@pytest.mark.needs_gpg
def test_weak_hashes_and_text_signatures_of_real_engines_are_refused(
    server: ServerKey, gpg: Gpg, pgpy_phone: PgpyPhone
) -> None:
    key = read_device_key(gpg.export("phone"))
    for options, rule in ((("--digest-algo", "SHA1"), "weak_hash"), (("--textmode",), "signature_type")):
        body = gpg.encrypt([server.fingerprint], gpg.sign("phone", CONTENT, *options))
        assert rule_for(body, server, key) == rule
    signed = pgpy_phone.sign(CONTENT, hash=HashAlgorithm.SHA1)
    body = pgpy_phone.encrypt(signed, server.public_armored)
    assert rule_for(body, server, read_device_key(pgpy_phone.public)) == "weak_hash"


def test_another_key_s_signature_is_refused(server: ServerKey, enrolled: Enrolled, forged: ForgedKey) -> None:
    stranger = SequoiaPhone()
    assert rule_for(stranger.send(CONTENT, server.public_armored), server, enrolled.key) == "signature"
    signed = ForgedKey().message(CONTENT, issuer=forged.fingerprint)
    body = envelope(literal(signed), server.public_armored)
    assert rule_for(body, server, read_device_key(forged.public())) == "signature"


def test_signed_content_cannot_be_exchanged(server: ServerKey, enrolled: Enrolled) -> None:
    signed = enrolled.phone.sign(CONTENT).replace(b'"o"', b'"O"')
    body = enrolled.phone.encrypt(signed, server.public_armored)
    assert rule_for(body, server, enrolled.key) == "signature"


def test_signatures_from_the_far_future_or_before_the_key_are_refused(server: ServerKey, forged: ForgedKey) -> None:
    key = read_device_key(forged.public())
    for made_s in (forged.created_s - 10, int(time.time()) + 3600, 0):
        body = envelope(literal(forged.message(CONTENT, made_s=made_s)), server.public_armored)
        assert rule_for(body, server, key) == "signature"


def test_a_phone_s_clock_may_be_minutes_off(server: ServerKey, forged: ForgedKey) -> None:
    key = read_device_key(forged.public())
    for made_s in (int(time.time()) + 540, int(time.time()) - 540):
        body = envelope(literal(forged.message(CONTENT, made_s=made_s)), server.public_armored)
        assert open_message(body, receiver=server, sender=key).signed_at_ms == made_s * 1000


def test_a_key_that_expired_after_its_enrolment_is_refused_even_when_it_dates_back(server: ServerKey) -> None:
    key = ForgedKey(created_s=int(time.time()) - 3600)
    lifetime = subpacket(9, struct.pack(">I", 1800))
    whole = DeviceKey("", key.public(certification=key.over_user_id(more=lifetime)))
    in_its_life = envelope(literal(key.message(CONTENT, made_s=key.created_s + 60)), server.public_armored)
    assert rule_for(in_its_life, server, whole) == "expired"
    after_it = envelope(literal(key.message(CONTENT)), server.public_armored)
    assert rule_for(after_it, server, whole) == "signature"
    with pytest.raises(KeyRefused):
        seal_message(b"answer", sender=server, receiver=whole)


def test_nothing_is_sealed_to_an_encryption_key_that_has_ended(server: ServerKey) -> None:
    key = ForgedKey(created_s=int(time.time()) - 3600)
    binding = key.over_subkey(key.encryption_body, more=subpacket(9, struct.pack(">I", 1800)))
    with pytest.raises(KeyRefused) as refused:
        seal_message(b"answer", sender=server, receiver=DeviceKey("", key.public(binding=binding)))
    assert refused.value.rule == "no_encryption_key"


def test_a_revoked_key_s_message_is_refused(server: ServerKey) -> None:
    phone = SequoiaPhone()
    certificate = phone.tsk.extract_certificate()
    revoked = phone.public + bytes(certificate.revoke(phone.tsk.certifier()))
    body = phone.send(CONTENT, server.public_armored)
    assert rule_for(body, server, DeviceKey("", revoked)) == "signature"
