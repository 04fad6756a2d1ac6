"""Keys of phones: which strangers' keys we enrol, and the enrolled ones ready for use.

Each refusal names one rule: `too_large`, `malformed`, `secret_key`, `several_keys`, `key_version`, `algorithm`,
`rsa_too_short`, `rsa_too_long`, `weak_hash`, `self_signature`, `revoked`, `not_yet_valid`, `expired`,
`no_signing_key`, `no_encryption_key`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from token_server.crypto.openpgp import engine
from token_server.crypto.openpgp.armor import NotArmored, read_armor
from token_server.crypto.openpgp.known_signers import KnownSigner, possible_signers
from token_server.crypto.openpgp.packets import NotPackets, Packet, Tag, read_packets
from token_server.crypto.openpgp.public_keys import check_accepted
from token_server.crypto.openpgp.recipients import Recipient, read_recipient
from token_server.crypto.openpgp.self_signatures import (
    ENCRYPTION,
    FOR_EVER,
    SIGNING,
    TransferableKey,
    check_self_signatures,
    group_packets,
    live_keys,
    vouches_for_itself,
)
from token_server.crypto.openpgp.signatures import Signature
from token_server.domain.errors import KeyRefused

LARGEST_KEY = 16 * 1024
MOST_PACKETS = 48  # a phone's key has about 8; each signature costs up to a millisecond to check
PARSED_KEYS_KEPT = 2048  # about 25 KiB each
ALLOWED = (Tag.PUBLIC_KEY, Tag.PUBLIC_SUBKEY, Tag.USER_ID, Tag.USER_ATTRIBUTE, Tag.SIGNATURE)
SECRET = (Tag.SECRET_KEY, Tag.SECRET_SUBKEY)


@dataclass(frozen=True)
class DeviceKey:
    """A phone's public key that passed `read_device_key` once; `certificate` is its binary form."""

    fingerprint: str
    certificate: bytes


@dataclass(frozen=True)
class ParsedKey:
    """A device key ready for use, and until when.

    The engine itself would encrypt to subkeys that have ended, and believe them when they date a signature back.
    Shapes: `signers` maps fingerprints in lower-case hex to their ends, `known` key ids to those of `possible` that the
    engine has believed; `recipient` is null when the engine has to encrypt. Units: seconds since 1970.
    """

    fingerprint: str
    certificate: engine.Cert
    signers: Mapping[str, float]
    encrypts_until_s: float
    recipient: Recipient | None
    possible: Mapping[str, KnownSigner]
    known: dict[bytes, KnownSigner] = field(default_factory=dict)

    def may_sign(self, fingerprint: str) -> bool:
        """Whether this key of the certificate may sign now."""
        return self.signers.get(fingerprint, 0) > engine.now_s()

    def believe(self, fingerprint: str, signed_at_s: int) -> None:
        """Note that the engine believed this key a signature of that time, when nothing was left to come into force."""
        signer = self.possible.get(fingerprint)
        if signer is not None and signed_at_s >= signer.since_s:
            self.known[signer.key_id] = signer

    def known_signer(self, key_id: bytes) -> KnownSigner | None:
        """Return the key that the engine has believed, if there is one of that name and it may sign now."""
        signer = self.known.get(key_id)
        return signer if signer is not None and self.may_sign(signer.fingerprint) else None

    @property
    def may_encrypt(self) -> bool:
        """Whether the certificate has a live encryption key now."""
        return self.encrypts_until_s > engine.now_s()


def read_device_key(material: bytes) -> DeviceKey:
    """Return a stranger's key, armored or binary, if it is one that we enrol.

    What other people signed on it is left out; otherwise it stays as it was sent.
    Errors: KeyRefused.
    """
    try:
        own = _read(material)
        now_s = engine.now_s()
        _check_standing(own, now_s)
        return _judged_by_engine(own, now_s)
    except (NotPackets, NotArmored) as error:
        raise KeyRefused("malformed", "this is no well-formed OpenPGP public key") from error


def load_device_key(certificate: bytes) -> DeviceKey:
    """Return a key from our own table, where only keys that `read_device_key` returned are written."""
    return DeviceKey(parsed(certificate).fingerprint, certificate)


@lru_cache(maxsize=PARSED_KEYS_KEPT)
def parsed(certificate: bytes) -> ParsedKey:
    """Return an enrolled key ready for use; the most recently used ones are kept."""
    cert = engine.parse_certificate(certificate)
    own = group_packets(read_packets(certificate, most=MOST_PACKETS))
    now_s = engine.now_s()
    try:
        whole_s = engine.expires_s(cert) or FOR_EVER
    except engine.EngineRefused:
        whole_s = 0
    signers = {one: min(end_s, whole_s) for one, end_s in live_keys(own, SIGNING, now_s).items()}
    receivers = live_keys(own, ENCRYPTION, now_s)
    encrypts_until_s = min(max(receivers.values(), default=0), whole_s)
    said = own.signatures
    recipient, possible = _recipient(own, said, receivers), possible_signers(own, said, signers)
    return ParsedKey(cert.fingerprint.upper(), cert, signers, encrypts_until_s, recipient, possible)


def _recipient(own: TransferableKey, said: list[Signature], receivers: Collection[str]) -> Recipient | None:
    """Tell whom we can encrypt to ourselves: the one live encryption key, if the certificate has no other."""
    keys = [key for key in own.keys if key.algorithm in ENCRYPTION.algorithms]
    if len(keys) != 1 or list(receivers) != [keys[0].fingerprint.hex()]:
        return None
    return read_recipient(keys[0], said)


def _read(material: bytes) -> TransferableKey:
    if len(material) > LARGEST_KEY:
        raise KeyRefused("too_large", f"the key is larger than {LARGEST_KEY // 1024} KiB")
    label, binary = read_armor(material)
    if label == "PRIVATE KEY BLOCK":
        raise _secret()
    if label not in (None, "PUBLIC KEY BLOCK"):
        raise NotArmored("armor around something else")
    key = group_packets(_allowed(read_packets(binary, most=MOST_PACKETS)))
    for one in key.keys:
        check_accepted(one)
    if any(signature.hash_name is None for signature in key.signatures):
        raise KeyRefused("weak_hash", "a signature on the key uses a hash function weaker than SHA-256")
    return key.own()


def _allowed(packets: list[Packet]) -> list[Packet]:
    if any(packet.tag in SECRET for packet in packets):
        raise _secret()
    if any(packet.tag not in ALLOWED for packet in packets):
        raise NotPackets("a packet that belongs to no public key")
    return packets


def _secret() -> KeyRefused:
    return KeyRefused("secret_key", "this is a secret key; it must never leave the device, make a new one")


def _check_standing(own: TransferableKey, now_s: int) -> None:
    if own.components[0].revoked:  # by whom, and whether rightly, does not matter: its owner sent it along
        raise KeyRefused("revoked", "the key is revoked")
    check_self_signatures(own)
    oldest = min((signature.created_s or 0 for signature in own.signatures), default=0)
    if max(own.primary.created_s, oldest) > now_s:
        raise KeyRefused("not_yet_valid", "the key was made in the future; the device's clock is ahead of ours")
    if not vouches_for_itself(own, now_s):
        raise KeyRefused("expired", "the key's signature over itself has ended")


def _judged_by_engine(own: TransferableKey, now_s: int) -> DeviceKey:
    certificate = own.serialised()
    try:
        cert = engine.parse_certificate(certificate)
        expires_s = engine.expires_s(cert)
    except engine.EngineRefused as error:
        raise KeyRefused("self_signature", "the key's signatures over itself do not hold") from error
    if cert.is_revoked:
        raise KeyRefused("revoked", "the key is revoked")
    if expires_s is not None and expires_s <= now_s:
        raise KeyRefused("expired", "the key has expired")
    if not live_keys(own, SIGNING, now_s):
        raise KeyRefused("no_signing_key", "the key has no live key or subkey for signing")
    _check_encryption(own, cert, now_s)
    return DeviceKey(cert.fingerprint.upper(), certificate)


def _check_encryption(own: TransferableKey, cert: engine.Cert, now_s: int) -> None:
    try:
        if live_keys(own, ENCRYPTION, now_s) and engine.encrypt(b"", cert):
            return
    except engine.EngineRefused:
        pass
    raise KeyRefused("no_encryption_key", "the key has no live subkey for encryption")
