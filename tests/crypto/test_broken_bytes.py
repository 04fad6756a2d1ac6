"""Thousands of broken messages and keys: each is refused by a rule, quickly, in little memory, or means the same."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crypto.conftest import Enrolled
from tests.support.mutations import cut, flipped, spliced
from tests.support.pgp import SequoiaPhone
from tests.support.pgp_forgery import ForgedKey, compressed, envelope, literal, packet
from token_server.crypto.openpgp import DeviceKey, ServerKey, check_proof, open_message, read_device_key
from token_server.domain.errors import KeyRefused, MessageRefused, ProofRefused

CONTENT = b'{"decision":"accept"}'
KEY_RULES = {
    "too_large",
    "malformed",
    "secret_key",
    "several_keys",
    "key_version",
    "algorithm",
    "rsa_too_short",
    "rsa_too_long",
    "weak_hash",
    "self_signature",
    "revoked",
    "not_yet_valid",
    "expired",
    "no_signing_key",
    "no_encryption_key",
}
MESSAGE_RULES = {
    "too_large",
    "undecryptable",
    "compressed",
    "not_nested",
    "not_signed",
    "several_signatures",
    "malformed",
    "weak_hash",
    "signature_type",
    "expired",
    "signature",
}
MEASURE = """
import resource, struct, sys
from token_server.crypto.openpgp import DeviceKey, ServerKey, open_message, read_device_key
from token_server.domain.errors import KeyRefused, MessageRefused

def read():
    return sys.stdin.buffer.read(struct.unpack(">I", sys.stdin.buffer.read(4))[0])

server, sender = ServerKey.from_secret(read()), read_device_key(read())
open_message(read(), receiver=server, sender=sender)
bombs = [read() for _ in range(struct.unpack(">I", sys.stdin.buffer.read(4))[0])]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for bomb in bombs:
    try:
        open_message(bomb, receiver=server, sender=sender)
    except MessageRefused as refused:
        print(refused.rule)
    try:
        read_device_key(bomb)
    except KeyRefused as refused:
        print(refused.rule)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def judge_message(body: bytes, server: ServerKey, sender: DeviceKey) -> str:
    try:
        assert open_message(body, receiver=server, sender=sender).content == CONTENT
    except MessageRefused as refused:
        return refused.rule
    return "the same"


def judge_key(material: bytes, fingerprint: str) -> str:
    try:
        assert read_device_key(material).fingerprint == fingerprint
    except KeyRefused as refused:
        return refused.rule
    return "the same"


def test_every_cut_flip_and_splice_of_a_message_is_refused(server: ServerKey, enrolled: Enrolled) -> None:
    for body in (
        enrolled.phone.send(CONTENT, server.public_armored),
        envelope(literal(enrolled.phone.sign(CONTENT)), server.public_armored),
    ):
        changes = [*cut(body), *flipped(body), *spliced(body, 50)]
        verdicts = Counter(judge_message(change, server, enrolled.key) for change in changes)
        # Nobody signs the length of a number in bits, nor the top bit of a point on Curve25519 (RFC 7748 section 5).
        assert verdicts.pop("the same", 0) <= 6
        assert set(verdicts) == {"undecryptable"}


def test_every_cut_flip_and_splice_of_the_signed_message_is_refused(server: ServerKey, enrolled: Enrolled) -> None:
    signed = enrolled.phone.sign(CONTENT)
    changes = [*cut(signed), *flipped(signed), *spliced(signed, 50)]
    bodies = [envelope(literal(change), server.public_armored) for change in changes]
    verdicts = Counter(judge_message(body, server, enrolled.key) for body in bodies)
    assert set(verdicts) <= MESSAGE_RULES | {"the same"}
    assert verdicts["the same"] < 50, "the literal's file name, its date and hints outside the signed part"


def test_every_cut_flip_and_splice_of_what_was_encrypted_is_refused(server: ServerKey, enrolled: Enrolled) -> None:
    inside = literal(enrolled.phone.sign(CONTENT))
    head = inside[:20]
    changes = [change + inside[20:] for change in (*flipped(head), *cut(head))] + list(cut(inside))[20:]
    verdicts = Counter(judge_message(envelope(one, server.public_armored), server, enrolled.key) for one in changes)
    assert set(verdicts) <= MESSAGE_RULES | {"the same"}


@pytest.mark.parametrize("phone", [SequoiaPhone(), ForgedKey()], ids=["sequoia", "forged"])
def test_every_cut_flip_and_splice_of_a_key_is_refused(phone: SequoiaPhone | ForgedKey) -> None:
    material = phone.public if isinstance(phone, SequoiaPhone) else phone.public()
    fingerprint = read_device_key(material).fingerprint
    changes = [*cut(material), *flipped(material), *spliced(material, 50)]
    verdicts = Counter(judge_key(change, fingerprint) for change in changes)
    assert verdicts["malformed"] > len(material) / 2
    assert verdicts["the same"] < len(material) / 8, "hints outside the signed parts, and whole subkeys left out"
    assert set(verdicts) <= KEY_RULES | {"the same"}


def test_armored_keys_broken_anywhere_are_refused() -> None:
    phone = SequoiaPhone()
    fingerprint = read_device_key(phone.armored).fingerprint
    changes = [*cut(phone.armored.rstrip())][::7] + [*flipped(phone.armored)][::7]
    verdicts = Counter(judge_key(change, fingerprint) for change in changes)
    assert verdicts["malformed"] > len(changes) / 2
    assert verdicts["the same"] < len(changes) / 5, "the checksum, which RFC 9580 section 6.1 wants ignored"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_are_no_message_no_key_and_no_proof(data: bytes) -> None:
    server, sender = fixed()
    with pytest.raises(MessageRefused):
        open_message(data, receiver=server, sender=sender)
    with pytest.raises(MessageRefused):
        open_message(envelope(literal(data), server.public_armored), receiver=server, sender=sender)
    with pytest.raises(KeyRefused):
        read_device_key(data)
    with pytest.raises(ProofRefused):
        check_proof(b"token", data, sender)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1, 2, 4, 6, 8, 11, 13, 14, 17, 18]), st.binary(max_size=120)), max_size=6))
def test_random_packets_are_no_message_no_key_and_no_proof(parts: list[tuple[int, bytes]]) -> None:
    data = b"".join(packet(tag, b"\4" + body) for tag, body in parts)
    server, sender = fixed()
    with pytest.raises(MessageRefused):
        open_message(envelope(data, server.public_armored), receiver=server, sender=sender)
    with pytest.raises(KeyRefused):
        read_device_key(data)
    with pytest.raises(ProofRefused):
        check_proof(b"token", data, sender)


def test_bombs_are_refused_in_little_memory_and_time(server: ServerKey, enrolled: Enrolled) -> None:
    bombs = [
        compressed(zeros, algorithm)
        for algorithm in ("zip", "zlib", "bzip2")
        for zeros in (bytes(30_000_000), nested())
    ]
    bodies = [envelope(bomb, server.public_armored) for bomb in bombs]
    bodies += [envelope(literal(bomb), server.public_armored) for bomb in bombs]
    bodies += [packet(6, bytes(9)) + bomb for bomb in bombs if len(bomb) < 16_000]
    assert max(map(len, bodies)) < 64 * 1024
    parts = [server.secret(), enrolled.phone.public, enrolled.phone.send(CONTENT, server.public_armored)]
    feed = b"".join(len(part).to_bytes(4, "big") + part for part in parts) + len(bodies).to_bytes(4, "big")
    feed += b"".join(len(body).to_bytes(4, "big") + body for body in bodies)
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([sys.executable, "-c", MEASURE], input=feed, capture_output=True, check=True, cwd=ROOT)
    *rules, kibibytes = done.stdout.decode().split()
    assert set(rules) <= {"compressed", "undecryptable", "malformed", "too_large"}
    assert rules.count("compressed") == 2 * len(bombs)
    assert int(kibibytes) < 4096
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - started < 2


def test_floods_of_small_packets_and_signatures_are_refused_quickly(server: ServerKey, enrolled: Enrolled) -> None:
    key = ForgedKey()
    many = packet(2, key.over_user_id())
    flood = packet(6, key.body) + packet(13, key.user_id) + many * (16_000 // len(many))
    started = time.process_time()
    assert judge_key(flood, "") == "malformed"
    assert judge_key(b"\xcd\x00" * 8000, "") == "malformed"
    assert judge_message(b"\xc1\x00" * 30_000, server, enrolled.key) == "undecryptable"
    assert judge_message(envelope(b"\xcb\x00" * 30_000, server.public_armored), server, enrolled.key) == "malformed"
    assert time.process_time() - started < 0.5


ROOT = Path(__file__).parents[2]
_fixed: list[tuple[ServerKey, DeviceKey]] = []


def fixed() -> tuple[ServerKey, DeviceKey]:
    if not _fixed:
        _fixed.append((ServerKey.generate(), read_device_key(SequoiaPhone().public)))
    return _fixed[0]


def nested() -> bytes:
    inner = literal(bytes(30_000_000))
    for _ in range(3):
        inner = compressed(inner, "zlib")
    return inner
