"""Which phones' keys are enrolled, and the rule that each refusal names."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pysequoia import CipherSuite, Profile

from tests.support.pgp import ENCRYPTS, SIGNS, Gpg, HashAlgorithm, KeyFlags, PgpyPhone, SequoiaPhone
from tests.support.pgp_forgery import ForgedKey, compressed, framed, literal, mpi, packet, subpacket
from token_server.crypto.openpgp import load_device_key, read_device_key
from token_server.domain.errors import KeyRefused

SUITES = [CipherSuite.Cv25519, CipherSuite.P256, CipherSuite.P384, CipherSuite.RSA2k]
NOW = datetime.now(UTC)


def rule_for(material: bytes) -> str:
    with pytest.raises(KeyRefused) as refused:
        read_device_key(material)
    assert str(refused.value)
    return refused.value.rule


@pytest.mark.parametrize("profile", [Profile.RFC4880, Profile.RFC9580], ids=["v4", "v6"])
@pytest.mark.parametrize("suite", SUITES, ids=repr)
def test_every_accepted_algorithm_is_enrolled_in_both_versions(suite: CipherSuite, profile: Profile) -> None:
    phone = SequoiaPhone(suite, profile)
    key = read_device_key(phone.public)
    assert key == read_device_key(phone.armored)
    assert key.fingerprint == phone.tsk.extract_certificate().fingerprint.upper()
    assert load_device_key(key.certificate) == key
    assert read_device_key(key.certificate) == key


def test_a_key_of_the_stub_is_enrolled(pgpy_phone: PgpyPhone) -> None:
    assert read_device_key(pgpy_phone.public).fingerprint == str(pgpy_phone.key.fingerprint)


@pytest.mark.needs_gpg
@pytest.mark.parametrize(
    ("main", "encryption", "signing"),
    [
        ("ed25519", "cv25519", None),
        ("ed25519", "cv25519", "ed25519"),
        ("nistp256", "nistp256", None),
        ("ed25519", "nistp384", "nistp384/ecdsa"),
        ("rsa2048", "rsa2048", None),
    ],
)
def test_keys_of_gpg_are_enrolled(gpg: Gpg, main: str, encryption: str, signing: str | None) -> None:
    name = f"{main}-{encryption}-{str(signing)[:8]}"
    public = gpg.make_key(name, main=main, encryption=encryption, signing=signing)
    assert read_device_key(public).fingerprint == gpg.fingerprint(name)
    assert read_device_key(gpg.export(name, armor=True)) == read_device_key(public)


@pytest.mark.needs_gpg
@pytest.mark.parametrize(
    ("main", "encryption", "rule"),
    [
        ("rsa1024", "rsa2048", "rsa_too_short"),
        ("rsa2048", "rsa1024", "rsa_too_short"),
        ("dsa2048", "rsa2048", "algorithm"),
        ("ed25519", "elg2048", "algorithm"),
        ("nistp521", "cv25519", "algorithm"),
        ("secp256k1", "cv25519", "algorithm"),
        ("brainpoolP256r1", "brainpoolP256r1", "algorithm"),
        ("ed25519", None, "no_encryption_key"),
    ],
)
def test_other_keys_of_gpg_are_refused(gpg: Gpg, main: str, encryption: str | None, rule: str) -> None:
    assert rule_for(gpg.make_key(f"{main}+{encryption}", main=main, encryption=encryption)) == rule


@pytest.mark.parametrize("suite", [CipherSuite.P521, CipherSuite.Cv448], ids=repr)
def test_other_keys_of_sequoia_are_refused(suite: CipherSuite) -> None:
    assert rule_for(SequoiaPhone(suite, Profile.RFC9580).public) == "algorithm"


@pytest.mark.needs_gpg
def test_an_expired_key_is_refused(gpg: Gpg) -> None:
    assert rule_for(gpg.make_key("expired", lifetime="3d", at=NOW - timedelta(days=10))) == "expired"
    assert rule_for(PgpyPhone(made_at=NOW - timedelta(days=10), lifetime=timedelta(days=3)).public) == "expired"
    read_device_key(PgpyPhone(lifetime=timedelta(days=3)).public)


@pytest.mark.needs_gpg
def test_expired_subkeys_are_no_live_ones(gpg: Gpg) -> None:
    ago = NOW - timedelta(days=10)
    gpg.run("--quick-gen-key", "old-subkeys", "ed25519", "cert", "0", at=ago)
    fingerprint = gpg.fingerprint("old-subkeys")
    gpg.run("--quick-add-key", fingerprint, "ed25519", "sign", "3d", at=ago)
    gpg.run("--quick-add-key", fingerprint, "cv25519", "encr", "0", at=ago)
    assert rule_for(gpg.export("old-subkeys")) == "no_signing_key"
    gpg.make_key("old-encryption", encryption=None, at=ago)
    gpg.run("--quick-add-key", gpg.fingerprint("old-encryption"), "cv25519", "encr", "3d", at=ago)
    assert rule_for(gpg.export("old-encryption")) == "no_encryption_key"


@pytest.mark.needs_gpg
def test_a_revoked_key_is_refused(gpg: Gpg) -> None:
    gpg.make_key("revoked")
    certificate = gpg.home / "openpgp-revocs.d" / f"{gpg.fingerprint('revoked')}.rev"
    gpg.run("--import", feed=certificate.read_bytes().replace(b":-----BEGIN", b"-----BEGIN"))
    assert rule_for(gpg.export("revoked")) == "revoked"


def test_a_key_revoked_by_somebody_else_is_refused_too() -> None:
    key = ForgedKey()
    assert rule_for(with_direct(key, key.signature(0x20, framed(key.body)))) == "revoked"
    assert rule_for(with_direct(key, ForgedKey().signature(0x20, framed(key.body)))) == "revoked"


def test_revoked_subkeys_are_no_live_ones() -> None:
    key = ForgedKey()
    revocation = key.signature(0x28, framed(key.body), framed(key.encryption_body))
    assert rule_for(key.public(extra=packet(2, revocation))) == "no_encryption_key"


def test_a_key_from_the_future_says_so() -> None:
    assert rule_for(PgpyPhone(made_at=NOW + timedelta(hours=1)).public) == "not_yet_valid"
    assert rule_for(ForgedKey(created_s=int(time.time()) + 60).public()) == "not_yet_valid"


def test_a_key_that_may_not_sign_is_refused() -> None:
    assert rule_for(PgpyPhone(usage=frozenset({KeyFlags.Certify})).public) == "no_signing_key"
    for flags in (None, 0x01, 0x20):
        key = ForgedKey()
        assert rule_for(key.public(certification=key.over_user_id(flags))) == "no_signing_key"


def test_a_newer_signature_takes_the_right_to_sign_away() -> None:
    key = ForgedKey()
    newer = key.over_user_id(0x01, made_s=key.created_s + 5)
    older = packet(6, key.body) + packet(13, key.user_id) + packet(2, key.over_user_id()) + packet(2, newer)
    rest = packet(14, key.encryption_body) + packet(2, key.over_subkey(key.encryption_body))
    assert rule_for(older + rest) == "no_signing_key"


def test_a_key_that_may_not_encrypt_is_refused() -> None:
    assert rule_for(PgpyPhone(subkey_usage=None).public) == "no_encryption_key"
    assert rule_for(PgpyPhone(subkey_usage=frozenset({KeyFlags.Authentication})).public) == "no_encryption_key"


def test_weak_hashes_are_refused_wherever_they_are() -> None:
    assert rule_for(PgpyPhone(digest=HashAlgorithm.SHA1).public) == "weak_hash"
    for digest in ("md5", "sha1", "ripemd160", "sha224"):
        key = ForgedKey()
        assert rule_for(key.public(certification=key.over_user_id(digest=digest))) == "weak_hash"
        assert rule_for(key.public(binding=key.over_subkey(key.encryption_body, digest=digest))) == "weak_hash"
        by_others = key.over_user_id(digest=digest, issuer=bytes(20))
        assert rule_for(key.public(extra=packet(2, by_others))) == "weak_hash"


def test_a_bad_self_signature_is_refused() -> None:
    key, other = ForgedKey(), ForgedKey()
    assert rule_for(key.public(certification=other.over_user_id())) == "self_signature"
    wrong = other.signature(0x13, framed(key.body), b"\xb4\0\0\0\6forged", flags=3, issuer=key.fingerprint)
    assert rule_for(key.public(certification=wrong)) == "self_signature"
    assert rule_for(key.public(binding=key.over_subkey(other.encryption_body))) == "self_signature"
    assert rule_for(packet(6, key.body) + packet(13, key.user_id)) == "self_signature"
    unbound = packet(6, key.body) + packet(13, key.user_id) + packet(2, key.over_user_id())
    assert rule_for(unbound + packet(14, key.encryption_body)) == "self_signature"


def test_a_signing_subkey_must_sign_back() -> None:
    key, stolen = ForgedKey(), ForgedKey()
    certified = packet(6, key.body) + packet(13, key.user_id) + packet(2, key.over_user_id(0x01))
    one_sided = certified + packet(14, stolen.body) + packet(2, key.over_subkey(stolen.body, 0x02))
    assert rule_for(one_sided) == "self_signature"
    back = stolen.signature(0x19, framed(key.body), framed(stolen.body))
    both = key.over_subkey(stolen.body, 0x02, more=subpacket(32, back))
    encryption = packet(14, key.encryption_body) + packet(2, key.over_subkey(key.encryption_body))
    read_device_key(certified + packet(14, stolen.body) + packet(2, both) + encryption)
    weak = stolen.signature(0x19, framed(key.body), framed(stolen.body), digest="sha1")
    weakly = key.over_subkey(stolen.body, 0x02, more=subpacket(32, weak))
    assert rule_for(certified + packet(14, stolen.body) + packet(2, weakly) + encryption) == "weak_hash"


def test_what_others_signed_is_left_out() -> None:
    key, friend = ForgedKey(), ForgedKey()
    by_friend = friend.signature(0x10, framed(key.body), b"\xb4\0\0\0\6forged")
    plain = read_device_key(key.public())
    signed = key.public().replace(
        packet(14, key.encryption_body), packet(2, by_friend) + packet(14, key.encryption_body)
    )
    assert read_device_key(signed) == plain


def test_a_secret_key_is_refused_as_such(pgpy_phone: PgpyPhone) -> None:
    phone = SequoiaPhone()
    for material in (bytes(phone.tsk), str(phone.tsk).encode(), bytes(pgpy_phone.key), str(pgpy_phone.key).encode()):
        assert rule_for(material) == "secret_key"


def test_exactly_one_key_is_taken() -> None:
    assert rule_for(SequoiaPhone().public + SequoiaPhone().public) == "several_keys"


def test_other_versions_are_refused() -> None:
    for version in (2, 3, 5, 7):
        assert rule_for(packet(6, bytes((version,)) + ForgedKey().body[1:])) == "key_version"


def test_rsa_numbers_that_make_checking_slow_are_refused() -> None:
    assert rule_for(rsa_key(bytes([255]) * 1024 + b"\1", b"\1\0\1")) == "rsa_too_long"
    assert rule_for(rsa_key(bytes([255]) * 256, bytes([255]) * 256)) == "algorithm"
    assert rule_for(rsa_key(bytes([255]) * 256, b"\1")) == "algorithm"
    assert rule_for(rsa_key(bytes([255]) * 255 + b"\xfe", b"\1\0\1")) == "algorithm"


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda key: compressed(key, "zip"), id="compressed"),
        pytest.param(lambda key: key + compressed(bytes(1 << 22), "zlib"), id="with a bomb behind it"),
        pytest.param(lambda key: key + literal(b"x"), id="with a literal"),
        pytest.param(lambda key: key + packet(12, b"x"), id="with a trust packet"),
        pytest.param(lambda key: key[:-1], id="cut short"),
        pytest.param(lambda key: key + b"\0", id="one byte more"),
        pytest.param(lambda key: packet(2, b"") + key, id="a signature first"),
        pytest.param(lambda key: packet(13, b"x") + key, id="a user id first"),
        pytest.param(lambda _: b"", id="nothing"),
        pytest.param(lambda _: b"hello", id="text"),
        pytest.param(lambda _: b"\xff" * 100, id="bits"),
        pytest.param(lambda _: b"-----BEGIN PGP MESSAGE-----\n\nwsAB\n-----END PGP MESSAGE-----", id="message"),
    ],
)
def test_anything_else_is_malformed(wrap: Callable[[bytes], bytes]) -> None:
    assert rule_for(wrap(ForgedKey().public())) == "malformed"


def test_large_keys_are_refused_unread() -> None:
    assert rule_for(b"\xc6" * (16 * 1024 + 1)) == "too_large"
    key = ForgedKey()
    assert rule_for(key.public(extra=packet(13, b"x") * 60)) == "malformed"


def test_the_flags_that_phones_use_are_accepted() -> None:
    read_device_key(PgpyPhone(usage=SIGNS, subkey_usage=ENCRYPTS).public)
    read_device_key(PgpyPhone(subkey_usage=frozenset({KeyFlags.EncryptCommunications})).public)


def with_direct(key: ForgedKey, signature: bytes) -> bytes:
    primary = packet(6, key.body)
    return primary + packet(2, signature) + key.public().removeprefix(primary)


def rsa_key(modulus: bytes, exponent: bytes) -> bytes:
    body = b"\4" + struct.pack(">I", 1_700_000_000) + b"\1" + mpi(modulus) + mpi(exponent)
    return packet(6, body) + packet(13, b"rsa")
