"""Phones for the tests: OpenPGP keys and messages by three engines that know nothing of the server's code.

`PgpyPhone` is the engine of the phone stub, `SequoiaPhone` makes every algorithm and version, `Gpg` is the third
opinion and the verifier of stored evidence. Keys and messages that no honest engine makes: `pgp_forgery`.
"""

from __future__ import annotations

import os
import subprocess
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysequoia
from pysequoia import CipherSuite, Profile, SignatureMode, Tsk

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pgpy
    from pgpy.constants import (
        CompressionAlgorithm,
        EllipticCurveOID,
        HashAlgorithm,
        KeyFlags,
        PubKeyAlgorithm,
        SymmetricKeyAlgorithm,
    )

__all__ = ["ENCRYPTS", "SIGNS", "CompressionAlgorithm", "Gpg", "HashAlgorithm", "KeyFlags", "PgpyPhone", "SequoiaPhone"]
SIGNS = frozenset({KeyFlags.Sign, KeyFlags.Certify})
ENCRYPTS = frozenset({KeyFlags.EncryptCommunications, KeyFlags.EncryptStorage})
GOOD_HASH = HashAlgorithm.SHA256
PLAIN = CompressionAlgorithm.Uncompressed


class PgpyPhone:
    """A phone with PGPy: Ed25519 and Curve25519 in their older forms."""

    def __init__(
        self,
        *,
        made_at: datetime | None = None,
        lifetime: timedelta | None = None,
        usage: frozenset[KeyFlags] = SIGNS,
        subkey_usage: frozenset[KeyFlags] | None = ENCRYPTS,
        digest: HashAlgorithm = GOOD_HASH,
    ) -> None:
        created = made_at or datetime.now(UTC)
        self.key = pgpy.PGPKey.new(PubKeyAlgorithm.EdDSA, EllipticCurveOID.Ed25519, created=created)
        preferences: dict[str, object] = {
            "hashes": [GOOD_HASH, digest],
            "ciphers": [SymmetricKeyAlgorithm.AES256],
            "compression": [PLAIN],
        }
        if lifetime is not None:
            preferences["key_expiration"] = lifetime
        name = pgpy.PGPUID.new("phone")
        self.key.add_uid(name, usage=set(usage), hash=digest, created=created, **preferences)
        if subkey_usage is not None:
            subkey = pgpy.PGPKey.new(PubKeyAlgorithm.ECDH, EllipticCurveOID.Curve25519, created=created)
            self.key.add_subkey(subkey, usage=set(subkey_usage), hash=digest, created=created)

    @property
    def public(self) -> bytes:
        """The binary public key."""
        return bytes(self.key.pubkey)

    def sign(self, content: bytes, **options: object) -> bytes:
        """Return a signed message."""
        message = pgpy.PGPMessage.new(content, compression=PLAIN, format="b")
        with quiet():
            message |= self.key.sign(message, **options)
        return bytes(message)

    def prove(self, content: bytes, **options: object) -> bytes:
        """Return a detached signature."""
        return bytes(self.key.sign(content, **options))

    def encrypt(self, content: bytes, server_key: str, *, compression: CompressionAlgorithm = PLAIN) -> bytes:
        """Return the content in literal data, encrypted."""
        message = pgpy.PGPMessage.new(content, compression=compression, format="b")
        with quiet():
            return bytes(read_pgpy_key(server_key).encrypt(message))

    def send(self, content: bytes, server_key: str) -> bytes:
        """Return what an honest phone sends."""
        return self.encrypt(self.sign(content), server_key)

    def receive(self, body: bytes, server_key: str) -> bytes:
        """Return what the server signed and encrypted."""
        opened = self.key.decrypt(pgpy.PGPMessage.from_blob(body))
        signed = pgpy.PGPMessage.from_blob(bytes(opened.message))
        with quiet():
            assert read_pgpy_key(server_key).verify(signed)
        return bytes(signed.message)


@contextmanager
def quiet() -> Iterator[None]:
    """PGPy warns about what it does not check, and about doing what it was asked to do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def read_pgpy_key(armored: str) -> pgpy.PGPKey:
    """Return a public key as PGPy holds it."""
    return pgpy.PGPKey.from_blob(armored)[0]


class SequoiaPhone:
    """A phone with Sequoia, for every algorithm and both key versions."""

    def __init__(
        self,
        suite: CipherSuite = CipherSuite.Cv25519,
        profile: Profile = Profile.RFC4880,
        lifetime_s: int | None = None,
    ) -> None:
        self.tsk = Tsk.generate(user_id="phone", cipher_suite=suite, profile=profile, validity_seconds=lifetime_s)

    @property
    def public(self) -> bytes:
        """The binary public key."""
        return bytes(self.tsk.extract_certificate())

    @property
    def armored(self) -> bytes:
        """The armored public key."""
        return str(self.tsk.extract_certificate()).encode()

    def sign(self, content: bytes) -> bytes:
        """Return a signed message."""
        return pysequoia.sign(self.tsk.signer(), content, armor=False)

    def prove(self, content: bytes, *, armor: bool = False) -> bytes:
        """Return a detached signature."""
        return pysequoia.sign(self.tsk.signer(), content, mode=SignatureMode.DETACHED, armor=armor)

    def encrypt(self, content: bytes, server_key: str) -> bytes:
        """Return the content in literal data, encrypted in the newest form the server key allows."""
        return pysequoia.encrypt(content, [pysequoia.Cert.from_bytes(server_key.encode())], armor=False)

    def send(self, content: bytes, server_key: str) -> bytes:
        """Return what an honest phone sends."""
        return self.encrypt(self.sign(content), server_key)

    def receive(self, body: bytes, server_key: str) -> bytes:
        """Return what the server signed and encrypted."""
        inner = pysequoia.decrypt(body, self.tsk.decryptor()).bytes or b""
        server = pysequoia.Cert.from_bytes(server_key.encode())
        return pysequoia.verify(inner, lambda _: [server]).bytes or b""


class Gpg:
    """The gpg command with a home of its own, so a short path."""

    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home = home

    def run(self, *arguments: str, feed: bytes = b"", at: datetime | None = None) -> bytes:
        """Run gpg, at another time if wanted, and return what it printed."""
        command = ["gpg", "--batch", "--quiet", "--no-tty", "--yes", "--trust-model", "always"]
        command += ["--pinentry-mode", "loopback", "--passphrase", ""]
        if at is not None:
            command += ["--faked-system-time", f"{int(at.timestamp())}!"]
        done = subprocess.run([*command, *arguments], input=feed, capture_output=True, env=self._env(), check=False)
        if done.returncode:
            raise GpgFailed(done.stderr.decode())
        return done.stdout

    def make_key(
        self,
        name: str,
        *,
        main: str = "ed25519",
        encryption: str | None = "cv25519",
        signing: str | None = None,
        lifetime: str = "0",
        at: datetime | None = None,
    ) -> bytes:
        """Make a key with an encryption and perhaps a signing subkey, and return its public half."""
        usage = "cert" if signing else "cert,sign"
        self.run("--quick-gen-key", name, main, usage, lifetime, at=at)
        fingerprint = self.fingerprint(name)
        if encryption:
            self.run("--quick-add-key", fingerprint, encryption, "encr", lifetime, at=at)
        if signing:
            self.run("--quick-add-key", fingerprint, signing, "sign", lifetime, at=at)
        return self.export(name)

    def export(self, name: str, *, armor: bool = False) -> bytes:
        """Return a public key."""
        return self.run("--export", *(["--armor"] if armor else []), name)

    def fingerprint(self, name: str) -> str:
        """Return the fingerprint of the primary key."""
        listing = self.run("--with-colons", "--list-keys", name).decode().splitlines()
        return next(line.split(":")[9] for line in listing if line.startswith("fpr"))

    def sign(self, name: str, content: bytes, *options: str, at: datetime | None = None) -> bytes:
        """Return a signed message, not compressed unless the options say so."""
        plain = [] if any("compress" in option for option in options) else ["--compress-algo", "none"]
        return self.run("--local-user", name, *plain, *options, "--sign", feed=content, at=at)

    def encrypt(self, recipients: Sequence[str], content: bytes, *options: str) -> bytes:
        """Return the content in literal data, encrypted; the server's key asks for no compression by itself."""
        to = [part for one in recipients for part in ("--recipient", one)]
        plain = [] if any("compress" in option for option in options) else ["--compress-algo", "none"]
        return self.run(*to, *plain, *options, "--encrypt", feed=content)

    def stop(self) -> None:
        """End the agent of this home."""
        subprocess.run(["gpgconf", "--kill", "all"], env=self._env(), check=False, capture_output=True)

    def _env(self) -> dict[str, str]:
        return {**os.environ, "GNUPGHOME": str(self.home), "LC_ALL": "C.UTF-8"}


class GpgFailed(Exception):
    """The gpg command said no; its complaint."""
