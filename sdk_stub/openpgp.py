"""The phone's keys and messages in OpenPGP; the one file that knows PGPy.

A message is `encrypt_to_receiver(sign_by_sender(content))`, binary, never compressed. PGPy checks neither revocation
nor key flags, so this file believes exactly one key per enrolment, the one the server named then, and nothing else.
PGPy's calls take milliseconds and switch the process's warnings: run them in a thread; they queue up at one lock.
"""

from __future__ import annotations

import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from sdk_stub import packets

with warnings.catch_warnings():
    # PGPy 0.6 imports imghdr (gone in Python 3.13, hence standard-imghdr) and names RFC 4880's oldest ciphers.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.filterwarnings("ignore", ".*moved to cryptography.hazmat.decrepit", UserWarning)
    import pgpy
    from pgpy.constants import (
        CompressionAlgorithm,
        EllipticCurveOID,
        HashAlgorithm,
        KeyFlags,
        PubKeyAlgorithm,
        SignatureType,
        SymmetricKeyAlgorithm,
    )
    from pgpy.errors import (
        PGPDecryptionError,
        PGPEncryptionError,
        PGPError,
        PGPIncompatibleECPointFormatError,
        PGPInsecureCipherError,
        PGPOpenSSLCipherNotSupportedError,
    )

STRONG_HASHES = frozenset({HashAlgorithm.SHA256, HashAlgorithm.SHA384, HashAlgorithm.SHA512})
SIGNED_MESSAGE = [packets.ONE_PASS_SIGNATURE, packets.LITERAL_DATA, packets.SIGNATURE]
ENCRYPTED_MESSAGE = [packets.ENCRYPTED_SESSION_KEY, packets.ENCRYPTED_DATA]
# What PGPy is known to raise on bytes it does not understand.
ENGINE_TROUBLE = (
    *(PGPError, PGPDecryptionError, PGPEncryptionError, PGPIncompatibleECPointFormatError),
    *(PGPInsecureCipherError, PGPOpenSSLCipherNotSupportedError),
    *(InvalidSignature, InvalidUnwrap, UnsupportedAlgorithm, zlib.error, OSError, RecursionError),
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, NotImplementedError, StopIteration),
)
# The server refuses keys from its future, and a phone's clock may be ahead; nothing rests on when a key was made.
DATED_BACK = timedelta(days=1)
_ENGINE = threading.Lock()


class MessageRefused(Exception):
    """A key or message that this phone does not believe; the text says why."""


class ServerKey:
    """The one key whose signatures this enrolment believes."""

    def __init__(self, armored: str) -> None:
        with _engine("the server's key cannot be read"):
            self.pgp, _ = pgpy.PGPKey.from_blob(armored)
            self.fingerprint = _fingerprint(self.pgp)
            if not self.pgp.is_public:
                raise MessageRefused("the server's key holds private material")


class DeviceKey:
    """One profile's key pair on this phone: Ed25519 for signing, X25519 for reading, in RFC 4880's packet forms."""

    def __init__(self, pgp: pgpy.PGPKey) -> None:
        self.pgp = pgp
        self.fingerprint = _fingerprint(pgp)

    @classmethod
    def generate(cls) -> DeviceKey:
        """Make a fresh key pair, dated back; it says nothing about its owner."""
        made_at = datetime.now(UTC) - DATED_BACK
        with _engine("no key could be made"):
            key = pgpy.PGPKey.new(PubKeyAlgorithm.EdDSA, EllipticCurveOID.Ed25519, created=made_at)
            key.add_uid(
                pgpy.PGPUID.new("device"),
                usage={KeyFlags.Sign, KeyFlags.Certify},
                hashes=[HashAlgorithm.SHA256],
                ciphers=[SymmetricKeyAlgorithm.AES256],
                compression=[CompressionAlgorithm.Uncompressed],
                created=made_at,
            )
            reading = pgpy.PGPKey.new(PubKeyAlgorithm.ECDH, EllipticCurveOID.Curve25519, created=made_at)
            usage = {KeyFlags.EncryptCommunications, KeyFlags.EncryptStorage}
            key.add_subkey(reading, usage=usage, created=made_at)
            return cls(key)

    @classmethod
    def from_secret(cls, armored: str) -> DeviceKey:
        """Load what `secret_armored` gave."""
        with _engine("this phone's own key cannot be read"):
            key, _ = pgpy.PGPKey.from_blob(armored)
            return cls(key)

    @property
    def secret_armored(self) -> str:
        """The private key, for the store."""
        with _engine("the key cannot be written"):
            return str(self.pgp)

    @property
    def public_armored(self) -> str:
        """The public key, for the server."""
        with _engine("the key cannot be written"):
            return str(self.pgp.pubkey)

    def prove(self, content: bytes) -> bytes:
        """Return a detached binary signature over the content."""
        with _engine("the key cannot sign"):
            return bytes(self.pgp.sign(_literal(content), hash=HashAlgorithm.SHA256))


def seal_message(content: bytes, *, sender: DeviceKey, receiver: ServerKey) -> bytes:
    """Return the content, signed and then encrypted, binary."""
    with _engine("the message cannot be sealed"):
        signed = _literal(content)
        signed |= sender.pgp.sign(signed, hash=HashAlgorithm.SHA256)
        return bytes(receiver.pgp.encrypt(_literal(bytes(signed)), cipher=SymmetricKeyAlgorithm.AES256))


def open_message(body: bytes, *, receiver: DeviceKey, sender: ServerKey) -> bytes:
    """Return the content of a message that the server's key signed and this phone's key opens.

    Errors: MessageRefused.
    """
    _expect(body, ENCRYPTED_MESSAGE, "an encrypted message to one key")
    with _engine("the message cannot be opened"):
        opened = receiver.pgp.decrypt(pgpy.PGPMessage.from_blob(body))
        signed = bytes(opened.message)
    _expect(signed, SIGNED_MESSAGE, "one signed, uncompressed text")
    with _engine("the message's signature cannot be read"):
        return _verified(pgpy.PGPMessage.from_blob(signed), sender)


def _verified(message: pgpy.PGPMessage, sender: ServerKey) -> bytes:
    (signature,) = message.signatures
    if signature.type != SignatureType.BinaryDocument or signature.hash_algorithm not in STRONG_HASHES:
        raise MessageRefused("the message is signed in a way that this phone does not accept")
    if signature.signer not in {sender.pgp.fingerprint.keyid, *sender.pgp.subkeys}:
        raise MessageRefused("the message is not signed by the server's key of this enrolment")
    if not sender.pgp.verify(message):
        raise MessageRefused("the message's signature is wrong")
    return bytes(message.message)


def _expect(message: bytes, tags: list[int], what: str) -> None:
    try:
        found = packets.packet_tags(message)
    except packets.BrokenPackets as error:
        raise MessageRefused(f"this is not {what}: {error}") from error
    if found != tags:
        raise MessageRefused(f"this is not {what}")


def _literal(content: bytes) -> pgpy.PGPMessage:
    return pgpy.PGPMessage.new(content, compression=CompressionAlgorithm.Uncompressed, format="b")


def _fingerprint(key: pgpy.PGPKey) -> str:
    return str(key.fingerprint).replace(" ", "").upper()


@contextmanager
def _engine(problem: str) -> Iterator[None]:
    with _ENGINE, warnings.catch_warnings():
        # PGPy warns at every use about old cipher names and about the checks it leaves to us (see the module's text).
        warnings.filterwarnings("ignore", module=r"pgpy(\.|$)")
        try:
            yield
        except ENGINE_TROUBLE as error:
            raise MessageRefused(problem) from error
