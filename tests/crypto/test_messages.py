"""Messages between honest phones and the server, and the rule that each other message breaks."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from pysequoia import CipherSuite, Profile

from tests.crypto.conftest import Enrolled, rule_for
from tests.support.pgp import CompressionAlgorithm, Gpg, PgpyPhone, SequoiaPhone
from tests.support.pgp_forgery import (
    compressed,
    container,
    envelope,
    literal,
    packet,
    session_key_packet,
)
from token_server.crypto.openpgp import ServerKey, open_message, read_device_key, seal_message
from token_server.domain.errors import MessageRefused

SUITES = [CipherSuite.Cv25519, CipherSuite.P256, CipherSuite.P384, CipherSuite.RSA2k]
CONTENT = b'{"transaction_id":"t","otp":"o","nonce":"n"}'


@pytest.mark.parametrize("profile", [Profile.RFC4880, Profile.RFC9580], ids=["v4", "v6"])
@pytest.mark.parametrize(
    "suite", [CipherSuite.Cv25519, CipherSuite.P256, CipherSuite.P384, CipherSuite.RSA2k], ids=repr
)
def test_a_phone_with_any_accepted_key_is_heard_and_answered(
    suite: CipherSuite, profile: Profile, server: ServerKey
) -> None:
    phone = SequoiaPhone(suite, profile)
    key = read_device_key(phone.public)
    heard = open_message(phone.send(CONTENT, server.public_armored), receiver=server, sender=key)
    assert heard.content == CONTENT
    assert abs(heard.signed_at_ms - time.time() * 1000) < 60_000
    answer = seal_message(b"answer", sender=server, receiver=key)
    assert phone.receive(answer, server.public_armored) == b"answer"


def test_the_stub_s_engine_is_heard_and_answered(server: ServerKey, pgpy_phone: PgpyPhone) -> None:
    key = read_device_key(pgpy_phone.public)
    heard = open_message(pgpy_phone.send(CONTENT, server.public_armored), receiver=server, sender=key)
    assert heard.content == CONTENT
    answer = seal_message(b"answer", sender=server, receiver=key)
    assert pgpy_phone.receive(answer, server.public_armored) == b"answer"


@pytest.mark.needs_gpg
def test_gpg_is_heard_and_answered(server: ServerKey, gpg: Gpg) -> None:
    key = read_device_key(gpg.export("phone"))
    for content in (b"", CONTENT, os.urandom(30_000)):  # the last one comes in parts
        body = gpg.encrypt([server.fingerprint], gpg.sign("phone", content))
        assert open_message(body, receiver=server, sender=key).content == content
        answer = seal_message(content, sender=server, receiver=key)
        assert gpg.run("--decrypt", feed=gpg.run("--decrypt", feed=answer)) == content


@pytest.mark.needs_gpg
def test_evidence_is_verified_by_gpg_with_the_stored_key_alone(
    server: ServerKey, pgpy_phone: PgpyPhone, tmp_path: Path
) -> None:
    key = read_device_key(pgpy_phone.public)
    heard = open_message(pgpy_phone.send(CONTENT, server.public_armored), receiver=server, sender=key)
    verifier = Gpg(tmp_path / "v")
    verifier.run("--import", feed=key.certificate)
    status = verifier.run("--status-fd", "1", "--decrypt", feed=heard.message)
    assert f"VALIDSIG {key.fingerprint}".encode() in status
    assert CONTENT in status
    verifier.stop()


@pytest.mark.needs_gpg
def test_one_of_several_receivers_is_enough(server: ServerKey, gpg: Gpg) -> None:
    gpg.make_key("bystander")
    key = read_device_key(gpg.export("phone"))
    signed = gpg.sign("phone", CONTENT)
    together = gpg.encrypt(["bystander", server.fingerprint], signed)
    assert open_message(together, receiver=server, sender=key).content == CONTENT
    nameless = gpg.encrypt(["bystander", server.fingerprint], signed, "--throw-keyids")
    assert open_message(nameless, receiver=server, sender=key).content == CONTENT


@pytest.mark.parametrize("options", [{}, {"padding": 40}, {"anonymous": True}], ids=repr)
def test_a_padded_or_anonymous_session_key_is_found(
    options: dict[str, Any], server: ServerKey, enrolled: Enrolled
) -> None:
    inside = literal(enrolled.phone.sign(CONTENT)) + packet(21, bytes(100))
    body = envelope(inside, server.public_armored, **options)
    assert open_message(body, receiver=server, sender=enrolled.key).content == CONTENT


def test_the_message_is_kept_as_it_was_signed(server: ServerKey, enrolled: Enrolled) -> None:
    signed = enrolled.phone.sign(CONTENT)
    body = enrolled.phone.encrypt(signed, server.public_armored)
    assert open_message(body, receiver=server, sender=enrolled.key).message == signed


@pytest.mark.parametrize("tamper", ["code", "prefix", "header"])
def test_a_container_that_was_changed_is_not_read(tamper: str, server: ServerKey, enrolled: Enrolled) -> None:
    inside = literal(enrolled.phone.sign(CONTENT))
    assert rule_for(envelope(inside, server.public_armored, tamper=tamper), server, enrolled.key) == "undecryptable"


def test_another_receiver_s_message_is_not_read(server: ServerKey, enrolled: Enrolled) -> None:
    other = ServerKey.generate()
    body = enrolled.phone.send(CONTENT, other.public_armored)
    assert rule_for(body, server, enrolled.key) == "undecryptable"
    renamed = session_key_packet(other.public_armored, os.urandom(32), anonymous=True) + packet(18, b"\1" + bytes(60))
    assert rule_for(renamed, server, enrolled.key) == "undecryptable"


def test_session_keys_of_other_algorithms_and_containers_are_not_read(server: ServerKey, enrolled: Enrolled) -> None:
    inside = literal(enrolled.phone.sign(CONTENT))
    key = os.urandom(32)
    for algorithm in (0, 2, 3, 7, 8, 10, 13, 255):
        head = session_key_packet(server.public_armored, key, algorithm=algorithm)
        assert rule_for(head + container(inside, key), server, enrolled.key) == "undecryptable"
    head = session_key_packet(server.public_armored, key)
    for body in (
        head,
        container(inside, key),
        head + packet(9, container(inside, key)[7:]),
        head + packet(20, b"\1" + bytes(100)),
        head + container(inside, key) * 2,
        head + packet(18, b""),
        head + packet(18, b"\1"),
        head + packet(18, b"\2" + bytes(100)),
        head * 8 + container(inside, key),
        packet(3, b"\4\7\3\2" + bytes(10)) + container(inside, key),
        inside,
        b"",
        b"{}",
    ):
        assert rule_for(body, server, enrolled.key) == "undecryptable"


def test_large_messages_are_refused_unread(server: ServerKey, enrolled: Enrolled) -> None:
    assert rule_for(bytes(64 * 1024 + 1), server, enrolled.key) == "too_large"
    body = enrolled.phone.send(CONTENT, server.public_armored)
    with pytest.raises(MessageRefused, match="larger"):
        open_message(body, receiver=server, sender=enrolled.key, largest=len(body) - 1)
    assert open_message(body, receiver=server, sender=enrolled.key, largest=len(body)).content == CONTENT


def test_signing_and_encrypting_in_one_step_is_not_nesting(server: ServerKey, enrolled: Enrolled) -> None:
    body = envelope(enrolled.phone.sign(CONTENT), server.public_armored)
    assert rule_for(body, server, enrolled.key) == "not_nested"


def test_unsigned_content_is_not_signed(server: ServerKey, enrolled: Enrolled) -> None:
    for inside in (CONTENT, literal(CONTENT), b"", b"\xff", b"-----BEGIN PGP MESSAGE-----"):
        assert rule_for(enrolled.phone.encrypt(inside, server.public_armored), server, enrolled.key) == "not_signed"


@pytest.mark.parametrize("algorithm", ["zip", "zlib", "bzip2"])
def test_nothing_compressed_is_read_anywhere(algorithm: str, server: ServerKey, enrolled: Enrolled) -> None:
    signed = enrolled.phone.sign(CONTENT)
    for inside in (
        compressed(literal(signed), algorithm),
        compressed(signed, algorithm),
        literal(compressed(signed, algorithm)),
        literal(signed + compressed(signed, algorithm)),
    ):
        assert rule_for(envelope(inside, server.public_armored), server, enrolled.key) == "compressed"


@pytest.mark.needs_gpg
def test_what_gpg_compresses_by_itself_is_refused_as_compressed(server: ServerKey, gpg: Gpg) -> None:
    key = read_device_key(gpg.export("phone"))
    signed = gpg.sign("phone", CONTENT * 20, "--compress-algo", "zip")
    assert rule_for(gpg.encrypt([server.fingerprint], signed), server, key) == "compressed"
    plain = gpg.sign("phone", CONTENT * 20)
    body = gpg.encrypt([server.fingerprint], plain, "--compress-algo", "bzip2")
    assert rule_for(body, server, key) == "compressed"


def test_what_the_stub_s_engine_compresses_is_refused(server: ServerKey, pgpy_phone: PgpyPhone) -> None:
    key = read_device_key(pgpy_phone.public)
    body = pgpy_phone.encrypt(pgpy_phone.sign(CONTENT), server.public_armored, compression=CompressionAlgorithm.ZLIB)
    assert rule_for(body, server, key) == "compressed"


def test_the_signed_message_has_exactly_three_parts(server: ServerKey, enrolled: Enrolled) -> None:
    signed = enrolled.phone.sign(CONTENT)
    twice = enrolled.phone.sign(signed)
    one_pass = signed[: 2 + signed[1]]
    rest = signed.removeprefix(one_pass)
    rules = {
        literal(signed) + literal(signed): "malformed",
        packet(1, b"x"): "malformed",
        literal(one_pass + signed + rest[-10:]): "not_signed",  # cut short
        literal(signed + signed): "several_signatures",
        literal(rest): "malformed",
        literal(one_pass + one_pass + rest): "several_signatures",
        literal(packet(10, b"PGP") + signed): "malformed",
        literal(signed + packet(21, b"x")): "malformed",
        packet(11, b"b"): "malformed",
        packet(11, b"m\0" + bytes(4) + signed): "malformed",
        literal(one_pass + packet(11, b"b\xff" + bytes(4)) + packet(2, enrolled.phone.prove(CONTENT)[2:])): "malformed",
    }
    for inside, rule in rules.items():
        assert rule_for(envelope(inside, server.public_armored), server, enrolled.key) == rule
    opened = open_message(envelope(literal(twice), server.public_armored), receiver=server, sender=enrolled.key)
    assert opened.content == signed  # a signed message is just content here, whoever signed it
