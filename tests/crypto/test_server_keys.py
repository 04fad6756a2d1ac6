"""The server's own keys: what phones see of them, and the secret half that is read back."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.crypto.conftest import Enrolled
from tests.support.pgp import Gpg
from tests.support.pgp_forgery import encryption_subkey, packet
from token_server.crypto.openpgp import ServerKey, open_message
from token_server.crypto.openpgp.packets import NotPackets, Tag, read_packets, write_packet
from token_server.crypto.openpgp.secret_keys import read_receiver_key

SCALARS = [bytes(31) + b"\x40", b"\x08" + bytes(30) + b"\x40", b"\x07" + bytes(31), b"\1" * 32]


def test_the_encryption_key_of_a_thousand_keys_is_read_right() -> None:
    short = 0
    for _ in range(1000):
        key = ServerKey.generate()  # reading it back compares both halves, and refuses a pair that is none
        scalar = key.receiver.private
        short += scalar[-1] < 0x40 or scalar[0] & 7 != 0
        point = encryption_subkey(key.public_armored)[-36:-4]
        assert X25519PrivateKey.from_private_bytes(scalar).public_key().public_bytes_raw() == point
    assert short < 1000


@pytest.mark.parametrize(
    "scalar", [bytes(31) + b"\x40", b"\x08" + bytes(30) + b"\x40", b"\x07" + bytes(31), b"\1" * 32]
)
def test_scalars_with_leading_zeros_or_unclamped_bits_are_read_right(scalar: bytes) -> None:
    private = X25519PrivateKey.from_private_bytes(scalar)
    assert read_receiver_key(with_scalar(private, scalar)).private == scalar


def test_halves_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(NotPackets):
        read_receiver_key(with_scalar(X25519PrivateKey.generate(), b"\1" * 32))


def test_a_secret_without_an_encryption_subkey_is_refused() -> None:
    packets = read_packets(ServerKey.generate().secret(), most=32)
    naked = b"".join(write_packet(*one) for one in packets if one.tag != Tag.SECRET_SUBKEY)
    with pytest.raises(NotPackets):
        read_receiver_key(naked)


def test_a_key_is_the_same_after_it_was_stored(server: ServerKey, enrolled: Enrolled) -> None:
    again = ServerKey.from_secret(server.secret())
    assert (again.fingerprint, again.public_armored) == (server.fingerprint, server.public_armored)
    body = enrolled.phone.send(b"{}", server.public_armored)
    assert open_message(body, receiver=again, sender=enrolled.key).content == b"{}"


def test_a_key_shows_nothing_secret(server: ServerKey) -> None:
    assert repr(server) == f"ServerKey({server.fingerprint})"
    assert "PRIVATE" not in server.public_armored
    assert server.fingerprint == server.fingerprint.upper()
    assert len(server.fingerprint) == 40


@pytest.mark.needs_gpg
def test_gpg_reads_the_public_half(server: ServerKey, gpg: Gpg) -> None:
    listing = gpg.run("--with-colons", "--list-keys", server.fingerprint).decode()
    assert f"fpr:::::::::{server.fingerprint}:" in listing
    assert {line.split(":")[11] for line in listing.splitlines() if line.startswith("sub")} == {"s", "e"}


def with_scalar(private: X25519PrivateKey, scalar: bytes) -> bytes:
    point = b"\x40" + private.public_key().public_bytes_raw()
    public = b"\4" + bytes(4) + b"\x12" + bytes.fromhex("0a2b060104019755010501") + b"\1\7" + point + b"\3\1\x08\7"
    number = int.from_bytes(scalar[::-1], "big")
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return packet(7, public + b"\0" + number.bit_length().to_bytes(2, "big") + octets + bytes(2))
