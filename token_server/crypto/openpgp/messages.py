"""Messages between a phone and the server, always `encrypt_to_receiver(sign_by_sender(content))`, and proofs.

The signed message inside is evidence, so it must stand on its own: exactly a one-pass signature, literal data and a
signature over those bytes. Each refusal names one rule: `too_large`, `undecryptable`, `compressed`, `not_nested`,
`not_signed`, `several_signatures`, `malformed`, `weak_hash`, `signature_type`, `expired`, `signature`.
"""

from __future__ import annotations

import contextlib
from typing import NamedTuple

from token_server.crypto.openpgp import engine
from token_server.crypto.openpgp.armor import NotArmored, read_armor
from token_server.crypto.openpgp.device_keys import DeviceKey, ParsedKey, parsed
from token_server.crypto.openpgp.envelope import close_envelope, open_envelope
from token_server.crypto.openpgp.own_signatures import write_literal
from token_server.crypto.openpgp.packets import NotPackets, Packet, Tag, read_literal, read_packets, write_packet
from token_server.crypto.openpgp.server_keys import ServerKey
from token_server.crypto.openpgp.signatures import Signature, SignatureType, read_signature
from token_server.domain.errors import KeyRefused, MessageRefused, ProofRefused

LARGEST_MESSAGE = 64 * 1024
LARGEST_PROOF = 8 * 1024
MOST_PACKETS = 8
SIGNED_MESSAGE = (Tag.ONE_PASS_SIGNATURE, Tag.LITERAL, Tag.SIGNATURE)
KEY_ID = slice(4, 12)  # in the body of a one-pass signature of version 3
SIGNATURES = (Tag.ONE_PASS_SIGNATURE, Tag.SIGNATURE)


class SignedMessage(NamedTuple):
    """What a phone said; `message` is the signed OpenPGP message as it stood, which anyone can verify later.

    Units: `signed_at_ms` is the phone's own clock.
    """

    content: bytes
    message: bytes
    signed_at_ms: int


class SignedParts(NamedTuple):
    """A signed message taken apart: the bodies of its packets, and the signature as a packet and as it was read."""

    one_pass: bytes
    content: bytes
    packet: Packet
    signature: Signature


def open_message(
    body: bytes, *, receiver: ServerKey, sender: DeviceKey, largest: int = LARGEST_MESSAGE
) -> SignedMessage:
    """Return what the sender signed and encrypted to the receiver.

    Errors: MessageRefused.
    """
    if len(body) > largest:
        raise MessageRefused("too_large", f"the message is larger than {largest // 1024} KiB")
    message = _signed_message_in(open_envelope(body, receiver.receiver))
    parts = read_signed_message(message)
    key = parsed(sender.certificate)
    signed_at_s = _plainly_signed_at_s(parts, key)
    if signed_at_s is None:
        signed_at_s = _judged_by_engine(message, parts, key)
    return SignedMessage(parts.content, message, signed_at_s * 1000)


def seal_message(content: bytes, *, sender: ServerKey, receiver: DeviceKey) -> bytes:
    """Return the content signed by the sender, then encrypted to the receiver; binary.

    Errors: KeyRefused with the rule `no_encryption_key` when the receiver's key ended after its enrolment.
    """
    key = parsed(receiver.certificate)
    if key.may_encrypt:
        signed = sender.signer.sign(content, engine.now_s())
        if key.recipient is not None:
            return close_envelope(write_literal(signed), key.recipient)
        with contextlib.suppress(engine.EngineRefused):
            return engine.encrypt(signed, key.certificate)
    raise KeyRefused("no_encryption_key", "the device's key has no live subkey for encryption")


def check_proof(content: bytes, signature: bytes, key: DeviceKey) -> None:
    """Return if this key made the detached signature, binary or armored, over exactly this content.

    Errors: ProofRefused with the rule `too_large`, `malformed`, `weak_hash`, `signature_type`, `expired` or
    `signature`.
    """
    if len(signature) > LARGEST_PROOF:
        raise ProofRefused("too_large", f"the signature is larger than {LARGEST_PROOF // 1024} KiB")
    packet = _only_signature(signature)
    try:
        problem = _signature_problem(read_signature(packet.body))
    except NotPackets:
        raise ProofRefused("malformed", "the signature is broken") from None
    if problem:
        raise ProofRefused(*problem)
    device_key = parsed(key.certificate)
    try:
        verified = engine.verify_detached(content, write_packet(*packet), device_key.certificate)
    except engine.EngineRefused:
        raise ProofRefused("signature", "the signature was not made by a live key of this certificate") from None
    if not device_key.may_sign(verified.signing_key):
        raise ProofRefused("expired", "the signing key has expired")


def _plainly_signed_at_s(parts: SignedParts, key: ParsedKey) -> int | None:
    signer = key.known_signer(parts.one_pass[KEY_ID])
    if signer is None:
        return None
    return signer.plainly_signed_at_s(parts.content, parts.one_pass, parts.signature, engine.now_s())


def _judged_by_engine(message: bytes, parts: SignedParts, key: ParsedKey) -> int:
    """Return when a key of the device signed, seconds since 1970; the next plain signature by that key is known.

    Errors: MessageRefused.
    """
    try:
        verified = engine.verify(message, key.certificate)
        signed_at_s = engine.signed_at_s(write_packet(*parts.packet))
    except engine.EngineRefused:
        raise MessageRefused("signature", "the message is not signed by a live key of this enrolment") from None
    if verified.content != parts.content:
        raise MessageRefused("malformed", "the signed message can be read in two ways")
    if not key.may_sign(verified.signing_key):
        raise MessageRefused("expired", "the device's signing key has expired; enrol again")
    key.believe(verified.signing_key, signed_at_s)
    return signed_at_s


def _signed_message_in(plaintext: bytes) -> bytes:
    try:
        packets = read_packets(plaintext, most=MOST_PACKETS)
        if len(packets) == 1 and packets[0].tag == Tag.LITERAL:
            return read_literal(packets[0].body)
        _refuse_compressed(packets)
        if packets[0].tag in SIGNATURES:
            raise MessageRefused("not_nested", "sign first, then encrypt the signed message as the content of its own")
        (literal,) = [packet for packet in packets if packet.tag != Tag.PADDING]  # may hide the length (section 5.14)
        if literal.tag != Tag.LITERAL:
            raise NotPackets("not literal data")
        return read_literal(literal.body)
    except ValueError:
        raise MessageRefused("malformed", "what was encrypted is not one literal data packet") from None


def read_signed_message(message: bytes) -> SignedParts:
    """Return the parts of a message with exactly one signature, which nobody has checked yet.

    Errors: MessageRefused.
    """
    try:
        packets = read_packets(message, most=MOST_PACKETS)
    except NotPackets:
        raise MessageRefused("not_signed", "what was encrypted is not a signed OpenPGP message") from None
    if tuple([packet.tag for packet in packets]) != SIGNED_MESSAGE:
        raise _misshapen(packets)
    one_pass, literal, packet = packets
    try:
        signature = read_signature(packet.body)
    except NotPackets:
        raise MessageRefused("malformed", "the signature is broken") from None
    problem = _signature_problem(signature)
    if problem:
        raise MessageRefused(*problem)
    try:
        return SignedParts(one_pass.body, read_literal(literal.body), packet, signature)
    except NotPackets:
        raise MessageRefused("malformed", "the signed message has broken literal data") from None


def _misshapen(packets: list[Packet]) -> MessageRefused:
    tags = [packet.tag for packet in packets]
    if Tag.COMPRESSED in tags:
        return MessageRefused("compressed", "messages must not be compressed")
    if not any(tag in SIGNATURES for tag in tags):
        return MessageRefused("not_signed", "what was encrypted is not a signed OpenPGP message")
    if tags.count(Tag.SIGNATURE) > 1 or tags.count(Tag.ONE_PASS_SIGNATURE) > 1:
        return MessageRefused("several_signatures", "the message is signed more than once")
    return MessageRefused("malformed", "the signed message is not a one-pass signature, literal data and a signature")


def _refuse_compressed(packets: list[Packet]) -> None:
    if any(packet.tag == Tag.COMPRESSED for packet in packets):
        raise MessageRefused("compressed", "messages must not be compressed")


def _signature_problem(signature: Signature) -> tuple[str, str] | None:
    if signature.hash_name is None:
        return "weak_hash", "the signature uses a hash function weaker than SHA-256"
    if signature.type != SignatureType.BINARY:
        return "signature_type", "the signature must be one over binary data"
    return None


def _only_signature(signature: bytes) -> Packet:
    try:
        label, binary = read_armor(signature)
        (packet,) = read_packets(binary, most=1)
    except (NotArmored, NotPackets):
        raise ProofRefused("malformed", "this is not one OpenPGP signature") from None
    if label not in (None, "SIGNATURE") or packet.tag != Tag.SIGNATURE:
        raise ProofRefused("malformed", "this is not one OpenPGP signature")
    return packet
