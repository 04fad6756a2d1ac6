"""Public keys and proofs that must be refused, each with the rule that it breaks; keys in binary."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pysequoia import CipherSuite, Profile

from tests.fuzz.forged_phone import ForgedPhone
from tests.support.pgp import Gpg, HashAlgorithm, KeyFlags, PgpyPhone, SequoiaPhone
from tests.support.pgp_forgery import ForgedKey, compressed, framed, literal, mpi, packet, subpacket

Bad = tuple[str, bytes]


def bad_keys() -> Iterator[Bad]:
    """Keys of two engines, and keys that no engine makes."""
    now = datetime.now(UTC)
    yield "expired", PgpyPhone(made_at=now - timedelta(days=10), lifetime=timedelta(days=3)).public
    yield "not_yet_valid", PgpyPhone(made_at=now + timedelta(hours=1)).public
    yield "weak_hash", PgpyPhone(digest=HashAlgorithm.SHA1).public
    yield "no_signing_key", PgpyPhone(usage=frozenset({KeyFlags.Certify})).public
    yield "no_encryption_key", PgpyPhone(subkey_usage=None).public
    yield "secret_key", bytes(PgpyPhone().key)
    yield "several_keys", SequoiaPhone().public + SequoiaPhone().public
    yield "algorithm", SequoiaPhone(CipherSuite.P521, Profile.RFC9580).public
    yield "algorithm", SequoiaPhone(CipherSuite.Cv448, Profile.RFC9580).public
    yield "rsa_too_short", rsa_key(bytes([255]) * 128, b"\1\0\1")
    yield "rsa_too_long", rsa_key(bytes([255]) * 1024 + b"\1", b"\1\0\1")
    yield "algorithm", rsa_key(bytes([255]) * 256, bytes([255]) * 256)
    yield from badly_bound_keys()
    yield from misshapen_keys()


def badly_bound_keys() -> Iterator[Bad]:
    """Keys whose signatures over themselves are weak, wrong, revoked or for something else."""
    key, other = ForgedKey(), ForgedKey()
    primary = packet(6, key.body)
    for digest in ("md5", "sha1", "ripemd160", "sha224"):
        yield "weak_hash", key.public(certification=key.over_user_id(digest=digest))
        yield "weak_hash", key.public(binding=key.over_subkey(key.encryption_body, digest=digest))
    for revoker in (key, other):
        revocation = packet(2, revoker.signature(0x20, framed(key.body)))
        yield "revoked", primary + revocation + key.public().removeprefix(primary)
    yield (
        "no_encryption_key",
        key.public(extra=packet(2, key.signature(0x28, framed(key.body), framed(key.encryption_body)))),
    )
    yield "expired", key.public(certification=key.over_user_id(more=subpacket(9, struct.pack(">I", 1800))))
    yield "not_yet_valid", ForgedKey(created_s=int(time.time()) + 600).public()
    yield "self_signature", key.public(certification=other.over_user_id())
    yield "self_signature", key.public(binding=key.over_subkey(other.encryption_body))
    yield "self_signature", primary + packet(13, key.user_id)
    for flags in (None, 0x01, 0x20):
        yield "no_signing_key", key.public(certification=key.over_user_id(flags))


def misshapen_keys() -> Iterator[Bad]:
    """What is no key, or more than one key."""
    key = ForgedKey()
    good = key.public()
    for version in (2, 3, 5, 7):
        yield "key_version", packet(6, bytes((version,)) + key.body[1:])
    yield "too_large", key.public(extra=packet(13, b"x" * 13_000))
    yield "malformed", key.public(extra=packet(13, b"x") * 60)
    yield "malformed", packet(6, key.body) + packet(13, key.user_id) + packet(2, key.over_user_id()) * 70
    for algorithm in ("zip", "zlib", "bzip2"):
        yield "malformed", compressed(good, algorithm)
        yield "malformed", good + compressed(bytes(1 << 23), "bzip2")
    for wrong in (good + literal(b"x"), good[:-1], good + b"\0", packet(2, b"") + good, b"", b"hello", b"\xff" * 99):
        yield "malformed", wrong


def gpg_keys(gpg: Gpg) -> Iterator[Bad]:
    """Keys that gpg makes and we do not enrol."""
    for main, encryption, rule in (
        ("rsa1024", "rsa2048", "rsa_too_short"),
        ("secp256k1", "cv25519", "algorithm"),
        ("brainpoolP256r1", "brainpoolP256r1", "algorithm"),
        ("ed25519", None, "no_encryption_key"),
    ):
        yield rule, gpg.make_key(f"{main}+{encryption}", main=main, encryption=encryption)
    yield "expired", gpg.make_key("expired", lifetime="3d", at=datetime.now(UTC) - timedelta(days=10))


def bad_proofs(phone: ForgedPhone) -> Iterator[Bad]:
    """Proofs that do not show that this phone's key saw this access token."""
    key, token = phone.forged, phone.access_token.encode()
    good = phone.prove()
    yield "signature", packet(2, key.signature(0x00, token[:-1]))
    yield "signature", packet(2, ForgedKey().signature(0x00, token))
    yield "signature", packet(2, ForgedKey().signature(0x00, token, issuer=key.fingerprint))
    yield "signature", SequoiaPhone().prove(token)
    for digest in ("md5", "sha1", "ripemd160", "sha224"):
        yield "weak_hash", phone.prove(digest=digest)
    for kind in (0x01, 0x10, 0x18, 0x20):
        yield "signature_type", packet(2, key.signature(kind, token))
    for wrong in (b"", token, good + good, good[:-1], compressed(good, "zip"), key.message(token), packet(2, b"\3")):
        yield "malformed", wrong
    yield "too_large", bytes(9000)


def rsa_key(modulus: bytes, exponent: bytes) -> bytes:
    """An RSA key with those numbers and no signature."""
    body = b"\4" + struct.pack(">I", 1_700_000_000) + b"\1" + mpi(modulus) + mpi(exponent)
    return packet(6, body) + packet(13, b"rsa")
