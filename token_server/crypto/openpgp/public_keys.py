"""One public key packet: what it is, whether we accept its kind, and whether it made a signature.

Source: RFC 9580 sections 5.5.2 (packet), 5.5.5 (material), 9.1 to 9.2 (numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from token_server.crypto.openpgp.algorithms import (
    CURVE25519_LEGACY,
    ED25519,
    ED25519_LEGACY,
    P256,
    P384,
    POINT_PREFIX,
    RSA,
    KeyAlgorithm,
    framed_key,
    key_fingerprint,
)
from token_server.crypto.openpgp.curve25519 import KEY_OCTETS, has_signed
from token_server.crypto.openpgp.packets import NotPackets, take, take_mpi, take_number
from token_server.domain.errors import KeyRefused

SHORTEST_RSA_BITS = 2048
LONGEST_RSA_BITS = 8192
SMALLEST_RSA_EXPONENT = 3
LARGEST_RSA_EXPONENT = 2**32  # checking a signature with a huge exponent takes seconds
V4 = 4
V6 = 6
CURVES = {
    KeyAlgorithm.ECDH: (CURVE25519_LEGACY, P256, P384),
    KeyAlgorithm.ECDSA: (P256, P384),
    KeyAlgorithm.EDDSA_LEGACY: (ED25519_LEGACY,),
}
HASH_OBJECTS: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_512": hashes.SHA3_512(),
}


@dataclass(frozen=True)
class PublicKey:
    """A public key packet of version 4 or 6."""

    body: bytes
    version: int
    created_s: int
    algorithm: int
    material: bytes

    @cached_property
    def fingerprint(self) -> bytes:
        """20 octets for version 4, 32 for version 6."""
        return key_fingerprint(self.version, self.body)

    @property
    def key_id(self) -> bytes:
        """The 8 octets by which older packets name this key."""
        return self.fingerprint[-8:] if self.version == V4 else self.fingerprint[:8]

    @property
    def framed(self) -> bytes:
        """The octets that signatures over this key hash."""
        return framed_key(self.version, self.body)

    @cached_property
    def curve(self) -> bytes:
        """The object identifier of an elliptic curve key of the older kind."""
        length, position = take_number(self.material, 0, 1)
        return take(self.material, position, length)[0]

    @cached_property
    def numbers(self) -> list[bytes]:
        """The multiprecision integers after the curve, if there is one; for ECDH the first alone."""
        position = 1 + len(self.curve) if self.algorithm in CURVES else 0
        found: list[bytes] = []
        while position < len(self.material):
            number, position = take_mpi(self.material, position)
            found.append(number)
            if self.algorithm == KeyAlgorithm.ECDH:
                break
        return found


def read_public_key(body: bytes) -> PublicKey:
    """Read a key packet's frame; the material is looked at when somebody asks.

    Errors: NotPackets when it is cut short; KeyRefused with the rule `key_version`.
    """
    version, position = take_number(body, 0, 1)
    if version not in (V4, V6):
        raise KeyRefused("key_version", "the key is of an OpenPGP version other than 4 and 6")
    created_s, position = take_number(body, position, 4)
    algorithm, position = take_number(body, position, 1)
    if version == V6:
        length, position = take_number(body, position, 4)
        if length != len(body) - position:
            raise NotPackets("wrong length of key material")
    return PublicKey(body, version, created_s, algorithm, body[position:])


def check_accepted(key: PublicKey) -> None:
    """Return if the key's algorithm, curve and size are among those we enrol.

    Errors: KeyRefused with the rule `algorithm`, `rsa_too_short` or `rsa_too_long`; NotPackets when cut short.
    """
    if key.algorithm in RSA:
        _check_rsa(key)
    elif key.algorithm in CURVES:
        legacy = key.curve in (CURVE25519_LEGACY, ED25519_LEGACY)
        if key.curve not in CURVES[KeyAlgorithm(key.algorithm)] or (legacy and key.version == V6):
            raise KeyRefused("algorithm", "the key uses a curve other than Curve25519, NIST P-256 and NIST P-384")
    elif key.algorithm not in (KeyAlgorithm.X25519, KeyAlgorithm.ED25519):
        raise KeyRefused("algorithm", "the key uses an algorithm other than Ed25519, X25519, ECDSA, ECDH and RSA")


def made_signature(key: PublicKey, hash_name: str, digest: bytes, material: bytes) -> bool:
    """Whether this key signed the digest; `material` is the end of the signature packet.

    Errors: NotPackets when the material is cut short.
    """
    try:
        _verify(key, hash_name, digest, material)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        if isinstance(error, NotPackets):
            raise
        return False
    return True


def ed25519_point(key: PublicKey) -> bytes:
    """Return the 32 octets of an Ed25519 key of either kind.

    Errors: NotPackets when the point of an older one is not in its native form (RFC 9580 section 11.2.1).
    """
    if key.algorithm == KeyAlgorithm.ED25519:
        return key.material
    (point,) = key.numbers
    if point[:1] != POINT_PREFIX:
        raise NotPackets("not a native point")
    return point[1:]


def ed25519_signature(algorithm: int, material: bytes) -> bytes:
    """Return the 64 octets of a signature by an Ed25519 key of either kind; NotPackets when it is cut short."""
    if algorithm == KeyAlgorithm.ED25519:
        return material
    first, position = take_mpi(material, 0)
    second, position = take_mpi(material, position)
    return first.rjust(KEY_OCTETS, b"\0") + second.rjust(KEY_OCTETS, b"\0")


def _check_rsa(key: PublicKey) -> None:
    modulus, exponent = _rsa_numbers(key)
    if modulus.bit_length() < SHORTEST_RSA_BITS:
        raise KeyRefused("rsa_too_short", f"the RSA key is shorter than {SHORTEST_RSA_BITS} bits")
    if modulus.bit_length() > LONGEST_RSA_BITS:
        raise KeyRefused("rsa_too_long", f"the RSA key is longer than {LONGEST_RSA_BITS} bits")
    if not SMALLEST_RSA_EXPONENT <= exponent < LARGEST_RSA_EXPONENT or not exponent & modulus & 1:
        raise KeyRefused("algorithm", "the RSA key has an unusual modulus or exponent")


def _rsa_numbers(key: PublicKey) -> tuple[int, int]:
    if len(key.numbers) != 2:  # noqa: PLR2004 (modulus and exponent)
        raise NotPackets("an RSA key needs a modulus and an exponent")
    return int.from_bytes(key.numbers[0], "big"), int.from_bytes(key.numbers[1], "big")


def _verify(key: PublicKey, hash_name: str, digest: bytes, material: bytes) -> None:
    if key.algorithm in ED25519:
        _verify_ed25519(key, digest, material)
        return
    first, position = take_mpi(material, 0)
    if key.algorithm in RSA:
        modulus, exponent = _rsa_numbers(key)
        signature = first.rjust((modulus.bit_length() + 7) // 8, b"\0")
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        public.verify(signature, digest, padding.PKCS1v15(), Prehashed(HASH_OBJECTS[hash_name]))
        return
    second, position = take_mpi(material, position)
    _verify_ecdsa(key, hash_name, digest, encode_dss_signature(*map(_number, (first, second))))


def _verify_ed25519(key: PublicKey, digest: bytes, material: bytes) -> None:
    if not has_signed(ed25519_point(key), digest, ed25519_signature(key.algorithm, material)):
        raise InvalidSignature


def _verify_ecdsa(key: PublicKey, hash_name: str, digest: bytes, signature: bytes) -> None:
    curve = ec.SECP256R1() if key.curve == P256 else ec.SECP384R1()
    (point,) = key.numbers
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    public.verify(signature, digest, ec.ECDSA(Prehashed(HASH_OBJECTS[hash_name])))


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")
