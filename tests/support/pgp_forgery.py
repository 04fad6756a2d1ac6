"""OpenPGP data that no honest engine makes: packets, keys and envelopes put together by hand.

Written from the RFC and not from the server's code, so that the two can disagree.
"""

from __future__ import annotations

import bz2
import hashlib
import os
import struct
import time
import zlib
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from pysequoia.packet import PacketPile, Tag

HASH_IDS = {"md5": 1, "sha1": 2, "ripemd160": 3, "sha256": 8, "sha512": 10, "sha224": 11}
ED25519_OID = bytes.fromhex("092b06010401da470f01")
CURVE25519_OID = bytes.fromhex("0a2b060104019755010501")
AES256 = 9


def packet(tag: int, body: bytes) -> bytes:
    """Return a new-format packet."""
    return bytes((0xC0 | tag, 255)) + struct.pack(">I", len(body)) + body


def literal(content: bytes) -> bytes:
    """Return a literal data packet."""
    return packet(11, b"b\0" + bytes(4) + content)


def mpi(octets: bytes) -> bytes:
    """Return a multiprecision integer."""
    number = int.from_bytes(octets, "big")
    return struct.pack(">H", number.bit_length()) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def compressed(content: bytes, algorithm: str) -> bytes:
    """Return a compressed data packet around other packets."""
    if algorithm == "zip":
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packet(8, b"\1" + deflate.compress(content) + deflate.flush())
    if algorithm == "zlib":
        return packet(8, b"\2" + zlib.compress(content, 9))
    return packet(8, b"\3" + bz2.compress(content))


def subpacket(kind: int, body: bytes) -> bytes:
    """Return a signature subpacket."""
    return bytes((255,)) + struct.pack(">I", len(body) + 1) + bytes((kind,)) + body


@dataclass
class ForgedKey:
    """An older-form Ed25519 primary key with whatever self-signatures a test wants."""

    created_s: int = field(default_factory=lambda: int(time.time()) - 3600)
    secret: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    encryption: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    user_id: bytes = b"forged"

    @property
    def body(self) -> bytes:
        """The primary key packet's body."""
        return self._head(22) + ED25519_OID + mpi(b"\x40" + self.secret.public_key().public_bytes_raw())

    @property
    def encryption_body(self) -> bytes:
        """The encryption subkey packet's body."""
        point = mpi(b"\x40" + self.encryption.public_key().public_bytes_raw())
        return self._head(18) + CURVE25519_OID + point + bytes((3, 1, 8, 7))

    @property
    def fingerprint(self) -> bytes:
        """The version 4 fingerprint."""
        return hashlib.sha1(framed(self.body), usedforsecurity=False).digest()

    def signature(
        self,
        kind: int,
        *signed: bytes,
        flags: int | None = None,
        digest: str = "sha256",
        made_s: int | None = None,
        more: bytes = b"",
        unhashed: bytes = b"",
        issuer: bytes | None = None,
    ) -> bytes:
        """Return a signature packet's body over these octets."""
        hashed = subpacket(2, struct.pack(">I", self.created_s if made_s is None else made_s))
        hashed += subpacket(33, b"\4" + (issuer or self.fingerprint))
        hashed += b"" if flags is None else subpacket(27, bytes((flags,)))
        hashed += more
        head = bytes((4, kind, 22, HASH_IDS[digest])) + struct.pack(">H", len(hashed)) + hashed
        value = hashlib.new(digest, b"".join(signed) + head + b"\4\xff" + struct.pack(">I", len(head))).digest()
        made = self.secret.sign(value)
        return head + struct.pack(">H", len(unhashed)) + unhashed + value[:2] + mpi(made[:32]) + mpi(made[32:])

    def over_user_id(self, flags: int | None = 0x03, **options: object) -> bytes:
        """Return a certification of the user id."""
        name = b"\xb4" + struct.pack(">I", len(self.user_id)) + self.user_id
        return self.signature(0x13, framed(self.body), name, flags=flags, **options)  # type: ignore[arg-type]

    def over_subkey(self, body: bytes, flags: int | None = 0x0C, **options: object) -> bytes:
        """Return a subkey binding."""
        return self.signature(0x18, framed(self.body), framed(body), flags=flags, **options)  # type: ignore[arg-type]

    def public(self, *, certification: bytes | None = None, binding: bytes | None = None, extra: bytes = b"") -> bytes:
        """Return the transferable public key; what is not given is made well."""
        return (
            packet(6, self.body)
            + packet(13, self.user_id)
            + packet(2, certification or self.over_user_id())
            + packet(14, self.encryption_body)
            + packet(2, binding or self.over_subkey(self.encryption_body))
            + extra
        )

    def message(
        self,
        content: bytes,
        kind: int = 0,
        *,
        digest: str = "sha256",
        made_s: int | None = None,
        issuer: bytes | None = None,
        more: bytes = b"",
        unhashed: bytes = b"",
    ) -> bytes:
        """Return a signed message; `issuer` may name another key as its maker, `more` and `unhashed` say more."""
        one_pass = bytes((3, kind, HASH_IDS[digest], 22)) + (issuer or self.fingerprint)[-8:] + b"\1"
        made_s = int(time.time()) if made_s is None else made_s
        signature = self.signature(
            kind, content, digest=digest, made_s=made_s, issuer=issuer, more=more, unhashed=unhashed
        )
        return packet(4, one_pass) + literal(content) + packet(2, signature)

    def _head(self, algorithm: int) -> bytes:
        return b"\4" + struct.pack(">I", self.created_s) + bytes((algorithm,))


def framed(key_body: bytes) -> bytes:
    """Return a version 4 key as signatures hash it."""
    return b"\x99" + struct.pack(">H", len(key_body)) + key_body


def encryption_subkey(armored: str) -> bytes:
    """Return the body of a public key's ECDH subkey packet."""
    pile = PacketPile.from_bytes(armored.encode())
    bodies: list[bytes] = [one.body for one in pile if one.tag == Tag.PublicSubkey]
    return next(body for body in bodies if body[5] == 18)


def session_key_packet(
    armored: str, key: bytes, *, algorithm: int = AES256, anonymous: bool = False, padding: int = 8
) -> bytes:
    """Return a version 3 session key packet for the ECDH subkey of this public key."""
    body = encryption_subkey(armored)
    point_at = 6 + 1 + body[6] + 2
    point = body[point_at + 1 : point_at + 33]
    fingerprint = hashlib.sha1(framed(body), usedforsecurity=False).digest()
    ephemeral = X25519PrivateKey.generate()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(point))
    kdf = body[point_at + 33 :]
    parameters = body[6 : 7 + body[6]] + b"\x12" + kdf + b"Anonymous Sender    " + fingerprint
    hash_name = {8: "sha256", 9: "sha384", 10: "sha512"}[kdf[2]]
    wrapping = hashlib.new(hash_name, b"\0\0\0\1" + shared + parameters).digest()[: {7: 16, 8: 24, 9: 32}[kdf[3]]]
    plain = bytes((algorithm,)) + key + struct.pack(">H", sum(key) & 0xFFFF)
    missing = padding - len(plain) % padding
    wrapped = aes_key_wrap(wrapping, plain + bytes((missing,)) * missing)
    named = bytes(8) if anonymous else fingerprint[-8:]
    own = mpi(b"\x40" + ephemeral.public_key().public_bytes_raw())
    return packet(1, b"\3" + named + b"\x12" + own + bytes((len(wrapped),)) + wrapped)


def container(plaintext: bytes, key: bytes, *, tamper: str = "") -> bytes:
    """Return a version 1 container; `tamper` may name one thing to get wrong: `code`, `prefix` or `header`."""
    prefix = os.urandom(16)
    repeated = prefix[-2:] if tamper != "prefix" else bytes(one ^ 1 for one in prefix[-2:])
    protected = prefix + repeated + plaintext + (b"\xd3\x14" if tamper != "header" else b"\xd3\x15")
    code = hashlib.sha1(protected, usedforsecurity=False).digest()
    encryptor = Cipher(AES(key), CFB(bytes(16))).encryptor()
    return packet(18, b"\1" + encryptor.update(protected + (code if tamper != "code" else code[::-1])))


def envelope(plaintext: bytes, armored: str, *, tamper: str = "", anonymous: bool = False, padding: int = 8) -> bytes:
    """Return any packets encrypted to the server, which a good engine would never put there."""
    key = os.urandom(32)
    return session_key_packet(armored, key, anonymous=anonymous, padding=padding) + container(
        plaintext, key, tamper=tamper
    )
