"""Whom the server encrypts to itself, and that it chooses what the engine would choose."""

from __future__ import annotations

import pysequoia
import pytest
from pysequoia import CipherSuite, Profile

from tests.support.pgp import Gpg, PgpyPhone, SequoiaPhone
from tests.support.pgp_forgery import ForgedKey, packet, subpacket
from token_server.crypto.openpgp import DeviceKey, ServerKey, read_device_key, seal_message
from token_server.crypto.openpgp.device_keys import parsed
from token_server.crypto.openpgp.packets import Tag, read_packets

AES_256 = subpacket(11, b"\x09\x07")
AES_128 = subpacket(11, b"\x07")
READS_V1 = subpacket(30, b"\x01")
READS_BOTH = subpacket(30, b"\x09")


def forms(message: bytes) -> list[tuple[int, int]]:
    """Tag and version of each packet of an encrypted message."""
    return [(one.tag, one.body[0]) for one in read_packets(message, most=8)]


@pytest.mark.parametrize("profile", [Profile.RFC4880, Profile.RFC9580], ids=["v4", "v6"])
@pytest.mark.parametrize("suite", [CipherSuite.Cv25519, CipherSuite.P256, CipherSuite.RSA2k], ids=repr)
def test_only_the_older_curve25519_is_written_here(suite: CipherSuite, profile: Profile, server: ServerKey) -> None:
    key = read_device_key(SequoiaPhone(suite, profile).public)
    is_ours = (str(suite), str(profile)) == (str(CipherSuite.Cv25519), str(Profile.RFC4880))
    assert (parsed(key.certificate).recipient is not None) is is_ours
    assert_chosen_as_by_the_engine(key, server)


def test_the_stub_s_engine_gets_the_older_container(server: ServerKey, pgpy_phone: PgpyPhone) -> None:
    key = read_device_key(pgpy_phone.public)
    assert parsed(key.certificate).recipient is not None
    assert forms(seal_message(b"", sender=server, receiver=key)) == [(Tag.SESSION_KEY, 3), (18, 1)]
    assert_chosen_as_by_the_engine(key, server)


@pytest.mark.needs_gpg
def test_gpg_gets_the_container_that_the_engine_would_choose(server: ServerKey, gpg: Gpg) -> None:
    assert_chosen_as_by_the_engine(read_device_key(gpg.export("phone")), server)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        (AES_256 + READS_V1, 1),
        (AES_256 + READS_BOTH, 2),
        (AES_128 + READS_V1, None),
        (READS_V1, None),
        (AES_256, None),
        (AES_256 + subpacket(30, b"\0"), None),
        (AES_256 + READS_V1 + READS_BOTH, None),
        (AES_256 + AES_128 + READS_V1, None),
    ],
    ids=repr,
)
def test_a_key_says_what_it_reads_or_the_engine_decides(said: bytes, version: int | None) -> None:
    forger = ForgedKey()
    recipient = parsed(forger.public(certification=forger.over_user_id(more=said))).recipient
    assert (None if recipient is None else recipient.container_version) == version


def test_with_two_encryption_keys_the_engine_encrypts(server: ServerKey) -> None:
    forger, other = ForgedKey(), ForgedKey()
    certification = forger.over_user_id(more=AES_256 + READS_V1)
    second = packet(14, other.encryption_body) + packet(2, forger.over_subkey(other.encryption_body))
    key = DeviceKey("", forger.public(certification=certification, extra=second))
    assert parsed(key.certificate).recipient is None
    assert [tag for tag, _ in forms(seal_message(b"", sender=server, receiver=key))] == [1, 1, 18]


def assert_chosen_as_by_the_engine(key: DeviceKey, server: ServerKey) -> None:
    """Compare the packets' versions with those that the engine writes to the same key."""
    by_engine = pysequoia.encrypt(b"", [parsed(key.certificate).certificate], armor=False)
    assert forms(seal_message(b"", sender=server, receiver=key)) == forms(by_engine)
