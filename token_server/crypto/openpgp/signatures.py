"""One signature packet: who made it, when, over what kind of thing, and the octets it hashes.

Nothing is believed here: whether the signature is good is for `self_signatures` (in keys) and `engine` (in messages).
Source: RFC 9580 section 5.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from token_server.crypto.openpgp.algorithms import HASHERS, HASHES
from token_server.crypto.openpgp.packets import FIVE_OCTETS, ONE_OCTET_BELOW, NotPackets, take_number

V4 = 4
V6 = 6
SIGN_FLAG = 0x02
ENCRYPT_FLAGS = 0x0C  # communications, storage
CRITICAL = 0x80


class SignatureType(IntEnum):
    """What a signature can be over (RFC 9580 section 5.2.1)."""

    BINARY = 0x00
    USER_ID_FIRST = 0x10
    USER_ID_LAST = 0x13
    SUBKEY = 0x18
    BACK_SIGNATURE = 0x19
    DIRECT_KEY = 0x1F
    KEY_REVOCATION = 0x20
    SUBKEY_REVOCATION = 0x28
    USER_ID_REVOCATION = 0x30


class Subpacket(IntEnum):
    """Subpacket types that somebody here asks for (RFC 9580 section 5.2.3.7)."""

    CREATED = 2
    SIGNATURE_LIFETIME = 3
    KEY_LIFETIME = 9
    PREFERRED_CIPHERS = 11
    ISSUER_KEY_ID = 16
    NOTATION = 20
    KEY_FLAGS = 27
    FEATURES = 30
    EMBEDDED_SIGNATURE = 32
    ISSUER_FINGERPRINT = 33


@dataclass(eq=False)  # frozen ones take four times as long to make
class Signature:
    """A signature packet of version 4 or 6; `hashed_part` runs from its version to its last hashed subpacket."""

    version: int
    type: int
    algorithm: int
    hash_algorithm: int
    hashed_part: bytes
    hashed_area: bytes
    unhashed_area: bytes
    hint: bytes
    salt: bytes
    material: bytes

    @cached_property
    def hashed(self) -> tuple[tuple[int, bytes], ...]:
        """Type and body of each hashed subpacket; NotPackets when one is cut short."""
        return tuple((kind & ~CRITICAL, body) for kind, body in subpackets(self.hashed_area))

    @cached_property
    def unhashed(self) -> tuple[tuple[int, bytes], ...]:
        """Type and body of each subpacket that anybody may have changed; NotPackets when one is cut short."""
        return tuple((kind & ~CRITICAL, body) for kind, body in subpackets(self.unhashed_area))

    @property
    def hash_name(self) -> str | None:
        """The hash function's name for hashlib; None when it is not SHA-256 or better."""
        return HASHES.get(self.hash_algorithm)

    @cached_property
    def created_s(self) -> int | None:
        """When the signer says it was made, seconds since 1970; None when it does not say."""
        return self._hashed_number(Subpacket.CREATED)

    def ended(self, now_s: int) -> bool:
        """Whether the signature itself was made for a time that is over."""
        lifetime_s = self._hashed_number(Subpacket.SIGNATURE_LIFETIME)
        return bool(lifetime_s) and (self.created_s or 0) + (lifetime_s or 0) <= now_s

    @property
    def has_lifetime(self) -> bool:
        """Whether the signature itself was made for some time only."""
        return bool(self._hashed_number(Subpacket.SIGNATURE_LIFETIME))

    @property
    def key_lifetime_s(self) -> int:
        """For how long after its creation the signed key is valid; 0 means for ever."""
        return self._hashed_number(Subpacket.KEY_LIFETIME) or 0

    @property
    def key_flags(self) -> int | None:
        """The first octet of what the key may be used for; None when the signature does not say."""
        flags = self._last_hashed(Subpacket.KEY_FLAGS)
        return None if flags is None else int.from_bytes(flags[:1], "big")

    @property
    def embedded(self) -> list[bytes]:
        """Bodies of signatures inside this one; older software leaves them outside the hashed area."""
        return [body for kind, body in (*self.hashed, *self.unhashed) if kind == Subpacket.EMBEDDED_SIGNATURE]

    def names_other_issuer(self, fingerprint: bytes, key_id: bytes) -> bool:
        """Whether the signature says that somebody else's key made it."""
        every = (*self.hashed, *self.unhashed)
        fingerprints = [body[1:] for kind, body in every if kind == Subpacket.ISSUER_FINGERPRINT]
        if fingerprints:
            return fingerprint not in fingerprints
        key_ids = [body for kind, body in every if kind == Subpacket.ISSUER_KEY_ID]
        return bool(key_ids) and key_id not in key_ids

    def digest(self, *signed: bytes) -> bytes:
        """Return the digest of the signed octets as this signature takes it (RFC 9580 section 5.2.4)."""
        trailer = bytes((self.version, 0xFF)) + len(self.hashed_part).to_bytes(4, "big")
        octets = b"".join((self.salt, *signed, self.hashed_part, trailer))
        digest: bytes = HASHERS[HASHES[self.hash_algorithm]](octets).digest()
        return digest

    def _last_hashed(self, kind: Subpacket) -> bytes | None:
        return next((body for found, body in reversed(self.hashed) if found == kind), None)

    def _hashed_number(self, kind: Subpacket) -> int | None:
        body = self._last_hashed(kind)
        if body is None:
            return None
        return take_number(body, 0, 4)[0]


def read_signature(body: bytes) -> Signature:
    """Read a signature packet's body.

    Errors: NotPackets when it is cut short or of a version other than 4 and 6.
    """
    version = body[0] if body else 0
    if version not in (V4, V6):
        raise NotPackets("a signature of an OpenPGP version other than 4 and 6")
    octets = 2 if version == V4 else 4
    hashed = 4 + octets
    hashed_end = hashed + int.from_bytes(body[4:hashed], "big")
    unhashed = hashed_end + octets
    unhashed_end = unhashed + int.from_bytes(body[hashed_end:unhashed], "big")
    hint_end = salt = unhashed_end + 2  # the digest's first two octets, for the impatient
    if version == V6:
        salt = hint_end + 1
    material = salt + int.from_bytes(body[hint_end:salt], "big")
    if material > len(body):  # otherwise every slice before it is whole
        raise NotPackets("cut short")
    areas = (body[:hashed_end], body[hashed:hashed_end], body[unhashed:unhashed_end])
    return Signature(
        version, body[1], body[2], body[3], *areas, body[unhashed_end:hint_end], body[salt:material], body[material:]
    )


def subpackets(area: bytes) -> list[tuple[int, bytes]]:
    """Return type and body of each subpacket, the type with its critical bit; NotPackets when one is cut short."""
    found: list[tuple[int, bytes]] = []
    position = 0
    while position < len(area):
        length = area[position]
        position += 1
        if length >= ONE_OCTET_BELOW or not length:
            length, position = _long_length(area, position)
        end = position + length
        if end > len(area):
            raise NotPackets("cut short")
        found.append((area[position], area[position + 1 : end]))
        position = end
    return found


def _long_length(area: bytes, position: int) -> tuple[int, int]:
    """Read a length of two or five octets, of which the first is before `position` (RFC 9580 section 5.2.3.7)."""
    first = area[position - 1]
    if first == FIVE_OCTETS:
        first, position = take_number(area, position, 4)
    elif first:
        second, position = take_number(area, position, 1)
        first = (first - ONE_OCTET_BELOW << 8) + second + ONE_OCTET_BELOW
    if not first:
        raise NotPackets("an empty subpacket")
    return first, position
