"""What a key says about itself: its own signatures over its user ids and subkeys, each of them checked.

The engine silently ignores a signature that does not verify and never says what a key may do; here a bad signature
refuses the whole key, and the signing key is found. Signatures by other people's keys are left out: nobody asks them.

Source: RFC 9580 sections 5.2.1 (types), 5.2.3.29 (key flags), 5.2.4 (what is hashed), 10.1 (transferable public keys).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from token_server.crypto.openpgp.algorithms import CAN_ENCRYPT, CAN_SIGN
from token_server.crypto.openpgp.packets import NotPackets, Packet, Tag, write_packet
from token_server.crypto.openpgp.public_keys import PublicKey, made_signature, read_public_key
from token_server.crypto.openpgp.signatures import ENCRYPT_FLAGS, SIGN_FLAG, Signature, SignatureType, read_signature
from token_server.domain.errors import KeyRefused

CERTIFICATIONS = range(SignatureType.USER_ID_FIRST, SignatureType.USER_ID_LAST + 1)
EXPECTED = {
    Tag.PUBLIC_KEY: (SignatureType.DIRECT_KEY, SignatureType.KEY_REVOCATION),
    Tag.PUBLIC_SUBKEY: (SignatureType.SUBKEY, SignatureType.SUBKEY_REVOCATION),
    Tag.USER_ID: (*CERTIFICATIONS, SignatureType.USER_ID_REVOCATION),
    Tag.USER_ATTRIBUTE: (*CERTIFICATIONS, SignatureType.USER_ID_REVOCATION),
}
FOR_EVER = math.inf
REVOCATIONS = (SignatureType.KEY_REVOCATION, SignatureType.SUBKEY_REVOCATION, SignatureType.USER_ID_REVOCATION)


@dataclass(frozen=True)
class Purpose:
    """What a key may be for: any of these flags, with any of these algorithms."""

    flags: int
    algorithms: frozenset[int]

    def allows(self, key: PublicKey, binding: Signature) -> bool:
        """Whether the binding gives this purpose to the key."""
        return key.algorithm in self.algorithms and bool((binding.key_flags or 0) & self.flags)


SIGNING = Purpose(SIGN_FLAG, CAN_SIGN)
ENCRYPTION = Purpose(ENCRYPT_FLAGS, CAN_ENCRYPT)


@dataclass(frozen=True)
class Component:
    """A key, subkey, user id or user attribute with the signatures that followed it; `key` only for the first two."""

    packet: Packet
    key: PublicKey | None
    signatures: list[tuple[Packet, Signature]] = field(default_factory=list)

    @property
    def revoked(self) -> bool:
        """Whether there is a revocation of this component."""
        return any(signature.type in REVOCATIONS for _, signature in self.signatures)

    def bindings(self, now_s: int) -> list[Signature]:
        """The signatures that hold at this time."""
        return [
            signature
            for _, signature in self.signatures
            if signature.type not in REVOCATIONS and (signature.created_s or 0) <= now_s and not signature.ended(now_s)
        ]


@dataclass(frozen=True)
class TransferableKey:
    """A whole public key: the primary key first, then everything that belongs to it."""

    primary: PublicKey
    components: list[Component]

    @property
    def keys(self) -> list[PublicKey]:
        """The primary key and all subkeys."""
        return [component.key for component in self.components if component.key]

    @property
    def signatures(self) -> list[Signature]:
        """All signatures, those by other people and those inside subkey bindings too."""
        outer = [signature for component in self.components for _, signature in component.signatures]
        bindings = [signature for signature in outer if signature.type == SignatureType.SUBKEY]
        return outer + [read_signature(body) for binding in bindings for body in binding.embedded]

    def own(self) -> TransferableKey:
        """The same key without other people's signatures; they count for nothing here."""
        return TransferableKey(self.primary, [_own(component, self.primary) for component in self.components])

    def serialised(self) -> bytes:
        """The binary form."""
        packets = (packet for part in self.components for packet in (part.packet, *(raw for raw, _ in part.signatures)))
        return b"".join(write_packet(*packet) for packet in packets)


def group_packets(packets: list[Packet]) -> TransferableKey:
    """Put each signature to what it is over.

    Errors: KeyRefused with the rule `several_keys` or `key_version`; NotPackets when this is no public key.
    """
    if packets[0].tag != Tag.PUBLIC_KEY:
        raise NotPackets("does not begin with a public key")
    components: list[Component] = []
    for packet in packets:
        if packet.tag == Tag.SIGNATURE:
            components[-1].signatures.append((packet, read_signature(packet.body)))
        elif packet.tag == Tag.PUBLIC_KEY and components:
            raise KeyRefused("several_keys", "there is more than one public key")
        else:
            is_key = packet.tag in (Tag.PUBLIC_KEY, Tag.PUBLIC_SUBKEY)
            components.append(Component(packet, read_public_key(packet.body) if is_key else None))
    if components[0].key is None:
        raise NotPackets("no public key")
    return TransferableKey(components[0].key, components)


def check_self_signatures(own: TransferableKey) -> None:
    """Return if the key vouches for itself and for each of its subkeys, and none of its signatures is bad.

    Errors: KeyRefused with the rule `self_signature`; NotPackets when one is cut short.
    """
    for component in own.components:
        for _, signature in component.signatures:
            if not _is_good(signature, component, own.primary):
                raise KeyRefused("self_signature", "a signature of the key over itself is not good")
        if component.packet.tag == Tag.PUBLIC_SUBKEY and not component.signatures:
            raise KeyRefused("self_signature", "a subkey is not signed by the key")
    if not any(True for component in _about_primary(own) for _ in component.signatures):
        raise KeyRefused("self_signature", "the key has not signed itself")


def vouches_for_itself(own: TransferableKey, now_s: int) -> bool:
    """Whether the key has a signature over itself that holds at this time."""
    return any(component.bindings(now_s) for component in _about_primary(own))


def live_keys(own: TransferableKey, purpose: Purpose, now_s: int) -> dict[str, float]:
    """Return the fingerprints of the keys that may serve this purpose now, and when each ends.

    Shapes: lower-case hex, as the engine writes them. Units: seconds since 1970; the primary key's own end, which ends
    all of them, is not looked at.
    """
    about_primary = [binding for part in _about_primary(own) if not part.revoked for binding in part.bindings(now_s)]
    with_flags = _newest([binding for binding in about_primary if binding.key_flags is not None])
    live: dict[str, float] = {}
    if with_flags and purpose.allows(own.primary, with_flags):
        live[own.primary.fingerprint.hex()] = FOR_EVER
    for part in own.components[1:]:
        binding = _newest(part.bindings(now_s))
        if part.key and binding and not part.revoked and purpose.allows(part.key, binding):
            live[part.key.fingerprint.hex()] = part.key.created_s + (binding.key_lifetime_s or FOR_EVER)
    return {fingerprint: end_s for fingerprint, end_s in live.items() if end_s > now_s}


def _own(component: Component, primary: PublicKey) -> Component:
    foreign = [
        signature.type != SignatureType.KEY_REVOCATION
        and signature.names_other_issuer(primary.fingerprint, primary.key_id)
        for _, signature in component.signatures
    ]
    kept = [pair for pair, other in zip(component.signatures, foreign, strict=True) if not other]
    return Component(component.packet, component.key, kept)


def _about_primary(own: TransferableKey) -> Iterator[Component]:
    return (component for component in own.components if component.packet.tag != Tag.PUBLIC_SUBKEY)


def _is_good(signature: Signature, component: Component, primary: PublicKey) -> bool:
    expected = EXPECTED.get(Tag(component.packet.tag), ())
    if signature.type not in expected or signature.created_s is None or signature.hash_name is None:
        return False
    digest = signature.digest(primary.framed, *_framed(component))
    if not made_signature(primary, signature.hash_name, digest, signature.material):
        return False
    if signature.type == SignatureType.SUBKEY and (signature.key_flags or 0) & SIGN_FLAG and component.key:
        return any(_is_good_back_signature(body, component.key, primary) for body in signature.embedded)
    return True


def _is_good_back_signature(body: bytes, subkey: PublicKey, primary: PublicKey) -> bool:
    back = read_signature(body)
    if back.type != SignatureType.BACK_SIGNATURE or back.hash_name is None:
        return False
    return made_signature(subkey, back.hash_name, back.digest(primary.framed, subkey.framed), back.material)


def _framed(component: Component) -> tuple[bytes, ...]:
    if component.packet.tag == Tag.PUBLIC_KEY:
        return ()
    if component.key is not None:
        return (component.key.framed,)
    mark = b"\xb4" if component.packet.tag == Tag.USER_ID else b"\xd1"
    return (mark + len(component.packet.body).to_bytes(4, "big") + component.packet.body,)


def _newest(bindings: list[Signature]) -> Signature | None:
    return max(bindings, key=lambda binding: binding.created_s or 0, default=None)
