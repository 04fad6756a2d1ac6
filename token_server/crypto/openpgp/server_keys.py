"""The server's own OpenPGP keys: one for many enrolments, or one made for each."""

from __future__ import annotations

from token_server.crypto.openpgp import engine
from token_server.crypto.openpgp.own_signatures import MessageSigner
from token_server.crypto.openpgp.secret_keys import ReceiverKey, read_receiver_key, read_signing_key

USER_ID = "token server"


class ServerKey:
    """A key pair of ours: an Ed25519 key with an Ed25519 signing subkey and a Curve25519 encryption subkey."""

    __slots__ = ("_secret", "fingerprint", "public_armored", "receiver", "signer")

    def __init__(self, tsk: engine.Tsk) -> None:
        certificate = tsk.extract_certificate()
        self._secret = bytes(tsk)
        self.fingerprint: str = certificate.fingerprint.upper()
        self.public_armored: str = str(certificate)
        self.signer: MessageSigner = MessageSigner(read_signing_key(self._secret))
        self.receiver: ReceiverKey = read_receiver_key(self._secret)

    def __repr__(self) -> str:
        return f"ServerKey({self.fingerprint})"

    @classmethod
    def generate(cls) -> ServerKey:
        """Return a new key pair."""
        return cls(engine.generate(USER_ID))

    @classmethod
    def from_secret(cls, secret: bytes) -> ServerKey:
        """Return the key pair that `secret` wrote; reusing the object saves the parsing."""
        return cls(engine.parse_secret(secret))

    def secret(self) -> bytes:
        """The unprotected secret key, to be sealed before it is stored."""
        return self._secret
