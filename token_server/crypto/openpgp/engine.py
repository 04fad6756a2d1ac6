"""The OpenPGP engine, Sequoia, behind a few verbs; the only file that imports it.

The engine checks keys as it uses them: self-signatures, revocation, expiry, flags, weak algorithms. It judges by the
machine's clock. It decompresses whatever it finds without a limit, so it must only be given bytes that
`packets.read_packets` has seen, and it is never asked to decrypt. Its own texts stay here.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import datetime

import pysequoia
from pysequoia import Cert, Decrypted, Sig, Tsk

# Otherwise each refused message pays 0.6 ms for a stack backtrace when RUST_BACKTRACE is set; read at the first error.
os.environ["RUST_LIB_BACKTRACE"] = "0"

__all__ = [
    "Cert",
    "EngineRefused",
    "Tsk",
    "Verified",
    "encrypt",
    "expires_s",
    "generate",
    "now_s",
    "parse_certificate",
    "parse_secret",
    "signed_at_s",
    "verify",
    "verify_detached",
]


class EngineRefused(Exception):
    """The engine said no; the reason is not told, because its texts are no rules."""


@dataclass(frozen=True)
class Verified:
    """Content with one good signature; `signing_key` is the fingerprint of the key that made it, lower-case hex."""

    content: bytes
    signing_key: str


def generate(user_id: str) -> Tsk:
    """Return a new Curve25519 key of version 4, which every OpenPGP software reads."""
    return Tsk.generate(user_id=user_id)


def parse_secret(secret: bytes) -> Tsk:
    """Return one of our own secret keys."""
    return Tsk.from_bytes(secret)


def parse_certificate(certificate: bytes) -> Cert:
    """Return a public key.

    Errors: EngineRefused.
    """
    try:
        return Cert.from_bytes(certificate)
    except RuntimeError:
        raise EngineRefused from None


def expires_s(certificate: Cert) -> float | None:
    """When the key ends, seconds since 1970; None when it does not.

    Errors: EngineRefused when the key is not valid now, for whatever reason.
    """
    try:
        expiration: datetime | None = certificate.expiration
    except RuntimeError:
        raise EngineRefused from None
    return None if expiration is None else expiration.timestamp()


def now_s() -> int:
    """The machine's clock, by which the engine judges too."""
    return int(time.time())


def encrypt(content: bytes, receiver: Cert) -> bytes:
    """Return the content encrypted to the receiver's live encryption keys, in the newest form that they advertise.

    Errors: EngineRefused when there is none.
    """
    try:
        return pysequoia.encrypt(content, [receiver], armor=False)
    except RuntimeError:
        raise EngineRefused from None


def verify(message: bytes, signer: Cert) -> Verified:
    """Return the content of a signed message if the signer made it with a key that was live at the time it claims.

    Errors: EngineRefused.
    """
    try:
        return _only_good(pysequoia.verify(message, lambda _: [signer]))
    except RuntimeError:
        raise EngineRefused from None


def verify_detached(content: bytes, signature: bytes, signer: Cert) -> Verified:
    """Return the content if the signer made this detached signature over exactly it, as in `verify`.

    Errors: EngineRefused.
    """
    try:
        return _only_good(pysequoia.verify(content, lambda _: [signer], signature=Sig.from_bytes(signature)))
    except RuntimeError:
        raise EngineRefused from None


def _only_good(result: Decrypted) -> Verified:
    if len(result.valid_sigs) != 1 or result.bytes is None:
        raise EngineRefused
    return Verified(result.bytes, str(result.valid_sigs[0].signing_key))


def signed_at_s(signature: bytes) -> int:
    """When a signature packet says it was made, as the engine read it when it verified.

    Errors: EngineRefused when it does not say.
    """
    created: datetime | None = Sig.from_bytes(signature).created
    if created is None:
        raise EngineRefused
    return int(created.timestamp())
