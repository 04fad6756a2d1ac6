"""Keys and messages against another engine, Sequoia: what it writes is read, what it must not believe is refused."""

from __future__ import annotations

import bz2
import time
import zlib
from collections.abc import Callable

import pysequoia
import pytest
from pysequoia.packet import PacketPile, Tag

from sdk_stub import packets
from sdk_stub.openpgp import DeviceKey, MessageRefused, ServerKey, open_message, seal_message

SERVER = pysequoia.Tsk.generate(user_id="server")
STRANGER = pysequoia.Tsk.generate(user_id="stranger")
DEVICE = DeviceKey.generate()
SERVER_KEY = ServerKey(str(SERVER.extract_certificate()))
KEYS = [Tag.PublicKey, Tag.PublicSubkey]
CERTIFICATE = pysequoia.Cert.from_bytes(DEVICE.public_armored.encode())


def sign(content: bytes, signer: pysequoia.Tsk = SERVER) -> bytes:
    return pysequoia.sign(signer.signer(), content, armor=False)


def encrypt(content: bytes, *more: pysequoia.Cert) -> bytes:
    return pysequoia.encrypt(recipients=[CERTIFICATE, *more], bytes=content, armor=False)


def believed(body: bytes) -> bytes:
    return open_message(body, receiver=DEVICE, sender=SERVER_KEY)


def old_packet(tag: int, content: bytes) -> bytes:
    return bytes([0x80 | tag << 2 | 2]) + len(content).to_bytes(4, "big") + content


@pytest.mark.parametrize("size", [0, 1, 600, 9_000, 70_000])
def test_what_the_other_engine_seals_is_opened(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    assert believed(encrypt(sign(content[:size]))) == content[:size]


@pytest.mark.parametrize("size", [1, 600, 9_000])
def test_what_we_seal_the_other_engine_opens(size: int) -> None:
    body = seal_message(b"\x00" * size, sender=DEVICE, receiver=SERVER_KEY)
    assert packets.packet_tags(body) == [1, 18]
    signed = pysequoia.decrypt(decryptor=SERVER.decryptor(), bytes=body).bytes or b""
    assert packets.packet_tags(signed) == [4, 11, 2]  # one-pass signature, literal data, signature; not compressed
    verified = pysequoia.verify(bytes=signed, store=lambda _: [CERTIFICATE])
    assert verified.bytes == b"\x00" * size
    assert len(verified.valid_sigs) == 1


def test_a_proof_is_a_detached_signature_that_the_other_engine_verifies() -> None:
    proof = DEVICE.prove(b"access-token")
    assert packets.packet_tags(proof) == [packets.SIGNATURE]
    signature = pysequoia.Sig.from_bytes(proof)
    assert pysequoia.verify(bytes=b"access-token", store=lambda _: [CERTIFICATE], signature=signature).valid_sigs
    with pytest.raises(RuntimeError):
        pysequoia.verify(bytes=b"another", store=lambda _: [CERTIFICATE], signature=signature)


def test_a_fresh_key_is_dated_back_so_that_a_clock_that_is_ahead_does_no_harm() -> None:
    pile = list(PacketPile.from_bytes(DEVICE.public_armored.encode()))
    made_s = [int.from_bytes(one.body[1:5], "big") for one in pile if one.tag in KEYS]
    signed = [pysequoia.Sig.from_bytes(old_packet(2, one.body)).created for one in pile if one.tag == Tag.Signature]
    assert (len(made_s), len(signed)) == (2, 2)
    for moment in (*made_s, *(created.timestamp() for created in signed if created is not None)):
        assert 23 * 3600 < time.time() - moment < 25 * 3600


def test_both_engines_agree_on_fingerprints() -> None:
    assert DEVICE.fingerprint == CERTIFICATE.fingerprint.upper()
    assert SERVER_KEY.fingerprint == SERVER.extract_certificate().fingerprint.upper()


def test_a_key_survives_its_armor() -> None:
    again = DeviceKey.from_secret(DEVICE.secret_armored)
    assert again.fingerprint == DEVICE.fingerprint
    assert open_message(encrypt(sign(b"hello")), receiver=again, sender=SERVER_KEY) == b"hello"


def test_the_public_key_holds_nothing_private() -> None:
    assert "PUBLIC" in DEVICE.public_armored
    assert "PRIVATE" not in DEVICE.public_armored


@pytest.mark.parametrize(
    "make",
    [
        lambda: encrypt(sign(b"x", STRANGER)),
        lambda: encrypt(b"x"),
        lambda: encrypt(sign(sign(b"x"), STRANGER)),
        lambda: encrypt(sign(b"x") + sign(b"y")),
        lambda: encrypt(old_packet(8, b"\x01" + zlib.compress(sign(b"x"))[2:-4])),
        lambda: encrypt(old_packet(8, b"\x03" + bz2.compress(sign(b"x")))),
        lambda: encrypt(pysequoia.sign(SERVER.signer(), b"x", armor=True)),
        lambda: encrypt(pysequoia.sign(SERVER.signer(), b"x", mode=pysequoia.SignatureMode.DETACHED, armor=False)),
        lambda: encrypt(sign(b"x"), STRANGER.extract_certificate()),
        lambda: pysequoia.encrypt(recipients=[STRANGER.extract_certificate()], bytes=sign(b"x"), armor=False),
        lambda: pysequoia.encrypt(recipients=[CERTIFICATE], bytes=sign(b"x"), armor=True),
        lambda: sign(b"x"),
        lambda: b"",
        lambda: b"\xc1",
        lambda: b"hello",
        lambda: encrypt(sign(b"x"))[:-1],
        lambda: encrypt(sign(b"x")) + b"\xcb\x00",
    ],
)
def test_anything_but_one_text_signed_by_the_server_is_refused(make: Callable[[], bytes]) -> None:
    with pytest.raises(MessageRefused):
        believed(make())


def test_a_message_of_ours_sent_back_is_refused() -> None:
    reflected = DeviceKey.generate()
    body = seal_message(b"x", sender=DEVICE, receiver=ServerKey(reflected.public_armored))
    with pytest.raises(MessageRefused):
        open_message(body, receiver=reflected, sender=SERVER_KEY)


def test_no_flipped_bit_changes_what_is_read() -> None:
    body = encrypt(sign(b"pay 10"))
    for at in range(0, len(body), 5):
        broken = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        try:
            assert believed(broken) == b"pay 10"  # a bit that means nothing, like in the length of a number
        except MessageRefused:
            continue


@pytest.mark.parametrize("armored", ["", "no key", str(SERVER)])
def test_what_is_no_public_key_is_refused(armored: str) -> None:
    with pytest.raises(MessageRefused):
        ServerKey(armored)


def test_a_damaged_key_of_our_own_is_refused() -> None:
    with pytest.raises(MessageRefused):
        DeviceKey.from_secret("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nxxxx\n-----END PGP PRIVATE KEY BLOCK-----")


@pytest.mark.parametrize(
    ("message", "tags"),
    [
        (b"", []),
        (b"\xcb\x00", [11]),
        (b"\xcb\x01x\xc2\x00", [11, 2]),
        (b"\xcb\xc0\x00" + b"x" * 192, [11]),
        (b"\xcb\xff\x00\x00\x00\x01x", [11]),
        (b"\xcb\xe1xx\x01x", [11]),
        (b"\xac\x01x", [11]),
        (b"\xad\x00\x01x", [11]),
        (b"\xae\x00\x00\x00\x01x", [11]),
    ],
)
def test_packets_are_told_apart_by_their_headers(message: bytes, tags: list[int]) -> None:
    assert packets.packet_tags(message) == tags


@pytest.mark.parametrize(
    "message", [b"\x00", b"\xcb", b"\xcb\x02x", b"\xaf", b"\xcb\xe1x", b"\xcb\xff\x00", b"\xad\x00"]
)
def test_broken_packets_are_refused(message: bytes) -> None:
    with pytest.raises(packets.BrokenPackets):
        packets.packet_tags(message)
