"""Keys that the engine has believed once: what is checked without it, what never is, and that both say the same."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mutations import cut, flipped, spliced
from tests.support.pgp import Gpg, PgpyPhone, SequoiaPhone
from tests.support.pgp_forgery import ForgedKey, envelope, literal, packet, subpacket
from token_server.crypto.openpgp import DeviceKey, ServerKey, engine, open_message, read_device_key
from token_server.crypto.openpgp.device_keys import ParsedKey, parsed
from token_server.crypto.openpgp.messages import KEY_ID, read_signed_message
from token_server.domain.errors import MessageRefused

CONTENT = b'{"decision":"accept","challenge_document":"o"}'
SALT = bytes(5) + b"\x1e\0\x20salt@notations.sequoia-pgp.org" + bytes(32)
MADE = struct.pack(">I", int(time.time()))


def plainly(message: bytes, key: ParsedKey) -> int | None:
    """When a known signer of this key certainly signed the message."""
    parts = read_signed_message(message)
    signer = key.known_signer(parts.one_pass[KEY_ID])
    if signer is None:
        return None
    return signer.plainly_signed_at_s(parts.content, parts.one_pass, parts.signature, int(time.time()))


KINDS = st.sampled_from([2, 3, 9, 16, 20, 33, 0x82, 0x90, 0x94, 0xA1]) | st.integers(0, 255)
BODIES = st.binary(max_size=24) | st.sampled_from([SALT, SALT[:-1], MADE])


@dataclass(frozen=True)
class Believed:
    """A forger whose key the engine has believed."""

    forger: ForgedKey
    key: ParsedKey


@cache
def believed() -> Believed:
    forger = ForgedKey()
    server = ServerKey.generate()
    device = read_device_key(forger.public())
    open_message(envelope(literal(forger.message(CONTENT)), server.public_armored), receiver=server, sender=device)
    return Believed(forger, parsed(device.certificate))


@pytest.mark.parametrize("make_phone", [SequoiaPhone, PgpyPhone])
def test_a_phone_is_known_after_its_first_message(
    make_phone: type[SequoiaPhone | PgpyPhone], server: ServerKey
) -> None:
    phone = make_phone()
    device = read_device_key(phone.public)
    key = parsed(device.certificate)
    assert plainly(phone.sign(CONTENT), key) is None
    open_message(phone.send(CONTENT, server.public_armored), receiver=server, sender=device)
    made_s = plainly(phone.sign(CONTENT), key)
    assert made_s is not None
    assert abs(made_s - time.time()) < 5
    heard = open_message(phone.send(b"again", server.public_armored), receiver=server, sender=device)
    assert heard.content == b"again"
    assert abs(heard.signed_at_ms - time.time() * 1000) < 5_000


@pytest.mark.needs_gpg
def test_gpg_s_messages_are_plain_too(server: ServerKey, gpg: Gpg) -> None:
    device = read_device_key(gpg.export("phone"))
    body = gpg.encrypt([server.fingerprint], gpg.sign("phone", CONTENT))
    open_message(body, receiver=server, sender=device)
    assert plainly(gpg.sign("phone", CONTENT), parsed(device.certificate)) is not None


def test_who_only_claims_to_be_a_known_signer_is_not() -> None:
    assert plainly(ForgedKey().message(CONTENT, issuer=believed().forger.fingerprint), believed().key) is None


@pytest.mark.parametrize(
    "options",
    [
        {"more": subpacket(3, struct.pack(">I", 3600))},
        {"more": subpacket(2, MADE)},
        {"more": subpacket(2 | 0x80, MADE)},
        {"more": subpacket(2, MADE[:3])},
        {"more": subpacket(20, bytes(8))},
        {"more": subpacket(20, b"")},
        {"more": subpacket(20 | 0x80, SALT)},
        {"more": subpacket(100, b"new")},
        {"more": subpacket(100 | 0x80, b"new")},
        {"more": subpacket(16, bytes(8))},
        {"more": subpacket(33, b"\4" + bytes(20))},
        {"more": subpacket(26, b"https://policy.example")},
        {"more": b"\xff"},
        {"unhashed": subpacket(2, MADE)},
        {"unhashed": subpacket(16, bytes(8))},
        {"unhashed": subpacket(20, bytes(8))},
        {"unhashed": subpacket(32, b"\4")},
        {"unhashed": b"\5\2"},
        {"made_s": int(time.time()) + 86_400},
        {"made_s": int(time.time()) - 7200},
    ],
)
def test_what_says_more_is_not_plain(options: dict[str, object]) -> None:
    forger, key = believed().forger, believed().key
    assert plainly(forger.message(CONTENT), key) is not None
    assert plainly(forger.message(CONTENT, **options), key) is None  # type: ignore[arg-type]


def test_the_salt_of_sequoia_says_nothing() -> None:
    message = believed().forger.message(CONTENT, more=subpacket(20, SALT))
    assert _agrees(message, believed().key)


def test_nothing_is_plain_before_the_engine_has_spoken() -> None:
    forger = ForgedKey()
    assert plainly(forger.message(CONTENT), parsed(read_device_key(forger.public()).certificate)) is None


def test_a_key_with_anything_still_to_come_into_force_is_never_known(server: ServerKey) -> None:
    forger = ForgedKey()
    later = forger.over_user_id(made_s=int(time.time()) + 5)
    device = DeviceKey("", forger.public(extra=packet(13, forger.user_id) + packet(2, later)))
    open_message(envelope(literal(forger.message(CONTENT)), server.public_armored), receiver=server, sender=device)
    assert not parsed(device.certificate).known


def test_a_self_signature_that_ends_keeps_the_engine_in_charge() -> None:
    forger = ForgedKey()
    ending = forger.over_user_id(more=subpacket(3, struct.pack(">I", 86_400)))
    assert not parsed(forger.public(certification=ending)).possible
    assert parsed(forger.public()).possible


def test_broken_messages_are_only_believed_where_the_engine_believes_them() -> None:
    key = believed().key
    plain = sum(_agrees(broken, key) for broken in _broken(believed().forger.message(CONTENT)))
    assert plain > 0  # a file name or a length written in another way changes nothing that is signed


@given(
    kinds=st.lists(st.tuples(KINDS, BODIES), max_size=3),
    unhashed=st.lists(st.tuples(KINDS, BODIES), max_size=3),
    back_s=st.integers(-60, 4000),
    digest=st.sampled_from(["sha256", "sha512"]),
)
def test_whatever_a_signature_says_the_engine_agrees(
    kinds: list[tuple[int, bytes]], unhashed: list[tuple[int, bytes]], back_s: int, digest: str
) -> None:
    message = believed().forger.message(
        CONTENT,
        digest=digest,
        made_s=int(time.time()) - back_s,
        more=b"".join(subpacket(kind, body) for kind, body in kinds),
        unhashed=b"".join(subpacket(kind, body) for kind, body in unhashed),
    )
    _agrees(message, believed().key)


def _broken(message: bytes) -> Iterator[bytes]:
    yield message
    yield from flipped(message)
    yield from cut(message)
    yield from spliced(message, 300)


def _agrees(message: bytes, key: ParsedKey) -> bool:
    """Whether the message is plainly signed; then the engine must say the same of it."""
    try:
        made_s = plainly(message, key)
    except MessageRefused:
        return False
    if made_s is None:
        return False
    parts = read_signed_message(message)
    verified = engine.verify(message, key.certificate)
    assert verified.content == parts.content
    assert verified.signing_key in key.signers
    assert engine.signed_at_s(packet(2, parts.packet.body)) == made_s
    return True
