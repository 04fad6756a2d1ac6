"""Signing keys that the engine has believed once, and messages of theirs that hold nothing new to judge.

A device's certificate is a fixed string of octets. What the engine finds when it judges a signature is therefore the
same for the next one by the same key, as long as no self-signature came into force in between, none ends, and the
signature says nothing but who made it and when. Then only arithmetic is left: digest and curve.

So nothing here refuses anything. The answer is "certainly good", or the engine decides: docs/decisions/0022.
Source: RFC 9580 sections 5.2.3 (signature of version 4), 5.2.4 (what is hashed), 5.4 (one-pass signature).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from token_server.crypto.openpgp.algorithms import ED25519, KeyAlgorithm
from token_server.crypto.openpgp.curve25519 import KEY_OCTETS, has_signed
from token_server.crypto.openpgp.own_signatures import announcement
from token_server.crypto.openpgp.packets import NotPackets, write_mpi
from token_server.crypto.openpgp.public_keys import PublicKey, ed25519_point, ed25519_signature
from token_server.crypto.openpgp.self_signatures import TransferableKey
from token_server.crypto.openpgp.signatures import CRITICAL, V4, Signature, SignatureType, Subpacket, subpackets

SHA_2 = (8, 9, 10)
CREATED = (Subpacket.CREATED, Subpacket.CREATED | CRITICAL)
CREATED_OCTETS = 4
SALT_OCTETS = 32
SALT_NAME = b"salt@notations.sequoia-pgp.org"
SALT_HEAD = bytes(4) + len(SALT_NAME).to_bytes(2, "big") + SALT_OCTETS.to_bytes(2, "big") + SALT_NAME


class KnownSigner(NamedTuple):
    """An Ed25519 key of version 4 whose signatures may be checked here once the engine has believed one.

    Shapes: `announcements` stand before its signatures, by hash algorithm; `own` the subpackets that name it.
    Units: `since_s`, seconds since 1970, is when everything in its certificate had come into force.
    """

    fingerprint: str
    key_id: bytes
    algorithm: int
    point: bytes
    since_s: int
    announcements: Mapping[int, bytes]
    own: frozenset[tuple[int, bytes]]

    def plainly_signed_at_s(self, content: bytes, one_pass: bytes, signature: Signature, now_s: int) -> int | None:
        """Return when this key made that plain signature over the content, after `since_s` and not in the future.

        None says nothing about the signature. Units: seconds since 1970.
        """
        if (signature.version, signature.type, signature.algorithm) != (V4, SignatureType.BINARY, self.algorithm):
            return None
        if self.announcements.get(signature.hash_algorithm) != one_pass[:-1]:
            return None
        try:
            made_s = self._time_of_plain(signature)
            if self.since_s <= made_s <= now_s and self._has_signed(content, signature):
                return made_s
        except NotPackets:
            pass
        return None

    def _time_of_plain(self, signature: Signature) -> int:
        """Return when it says it was made, if it says that once and else only who made it."""
        times = []
        for kind, body in subpackets(signature.hashed_area):
            if kind in CREATED and len(body) == CREATED_OCTETS:
                times.append(body)
            elif (kind, body) not in self.own and not _is_salt(kind, body):
                raise NotPackets("not plain")
        for subpacket in subpackets(signature.unhashed_area):
            if subpacket not in self.own:
                raise NotPackets("not plain")
        if len(times) != 1:
            raise NotPackets("not plain")
        return int.from_bytes(times[0], "big")

    def _has_signed(self, content: bytes, signature: Signature) -> bool:
        raw = ed25519_signature(self.algorithm, signature.material)
        if _written(self.algorithm, raw) != signature.material:
            return False
        digest = signature.digest(content)
        return digest[:2] == signature.hint and has_signed(self.point, digest, raw)


def possible_signers(
    own: TransferableKey, signatures: Sequence[Signature], fingerprints: Iterable[str]
) -> dict[str, KnownSigner]:
    """Return which of these keys of a certificate, with these signatures, can become known signers.

    Shapes: fingerprints in lower-case hex, as the engine writes them.
    """
    if any(part.revoked for part in own.components) or any(one.has_lifetime for one in signatures):
        return {}
    since_s = max(0, *(one.created_s or 0 for one in signatures), *(key.created_s for key in own.keys))
    wanted = set(fingerprints)
    keys = [key for key in own.keys if key.fingerprint.hex() in wanted]
    return {key.fingerprint.hex(): _signer(key, since_s) for key in keys if _is_simple(key)}


def _is_salt(kind: int, body: bytes) -> bool:
    """Whether this is the random notation that Sequoia puts into signatures of version 4; it means nothing."""
    return kind == Subpacket.NOTATION and len(body) == len(SALT_HEAD) + SALT_OCTETS and body.startswith(SALT_HEAD)


def _written(algorithm: int, raw: bytes) -> bytes:
    if algorithm == KeyAlgorithm.ED25519:
        return raw
    return write_mpi(raw[:KEY_OCTETS]) + write_mpi(raw[KEY_OCTETS:])


def _is_simple(key: PublicKey) -> bool:
    return key.version == V4 and key.algorithm in ED25519


def _signer(key: PublicKey, since_s: int) -> KnownSigner:
    key_id = key.fingerprint[-8:]
    named = bytes((V4,)) + key.fingerprint
    own = [(Subpacket.ISSUER_FINGERPRINT, named), (Subpacket.ISSUER_KEY_ID, key_id)]
    return KnownSigner(
        key.fingerprint.hex(),
        key_id,
        key.algorithm,
        ed25519_point(key),
        since_s,
        {hash_algorithm: announcement(key.algorithm, hash_algorithm, key_id) for hash_algorithm in SHA_2},
        frozenset(own + [(kind | CRITICAL, body) for kind, body in own]),
    )
