"""A device's signed answer and its public key as armored text that any OpenPGP software reads from one file.

GnuPG imports every armored key that it finds in a file, but when it verifies it reads on behind a signed message and
stumbles over the key. Inside a compressed data packet the message has an end of its own. So the answer is wrapped into
one, in which nothing is compressed: a single stored block (RFC 9580 section 5.6, RFC 1951 section 3.2.4).
"""

from __future__ import annotations

import base64
import textwrap

from token_server.crypto.openpgp import engine
from token_server.crypto.openpgp.armor import NotArmored, read_armor
from token_server.crypto.openpgp.messages import read_signed_message
from token_server.domain.errors import MessageRefused

MESSAGE, PUBLIC_KEY = "MESSAGE", "PUBLIC KEY BLOCK"
LINE = 64
ZIP = b"\xa3\x01"  # compressed data of undetermined length, by DEFLATE
LAST_STORED = b"\x01"
LONGEST_BLOCK = 0xFFFF


def armor_answer(message: bytes) -> str:
    """Return a signed message as text. Errors: ValueError for one that is longer than we read."""
    if len(message) > LONGEST_BLOCK:
        raise ValueError("a signed answer is never that long")
    return _armored(MESSAGE, _wrapped(message))


def armor_key(certificate: bytes) -> str:
    """Return a public key as text."""
    return _armored(PUBLIC_KEY, certificate)


def read_answer_armor(text: str) -> bytes:
    """Return the signed message that `armor_answer` wrote. Errors: NotArmored."""
    wrapped = _unarmored(MESSAGE, text)
    message = wrapped[len(_wrapped(b"")) :]
    if _wrapped(message) != wrapped:
        raise NotArmored("the answer is not as the server wraps one")
    return message


def read_key_armor(text: str) -> bytes:
    """Return the public key that `armor_key` wrote. Errors: NotArmored."""
    return _unarmored(PUBLIC_KEY, text)


def signed_content(message: bytes, certificate: bytes) -> bytes:
    """Return what a device signed; its key may have ended since.

    Errors: MessageRefused.
    """
    content = read_signed_message(message).content
    try:
        verified = engine.verify(message, engine.parse_certificate(certificate))
    except engine.EngineRefused:
        raise MessageRefused("signature", "the message is not signed by this key") from None
    if verified.content != content:
        raise MessageRefused("malformed", "the signed message can be read in two ways")
    return content


def key_fingerprint(certificate: bytes) -> str:
    """Return the fingerprint of a public key, in upper-case hex; empty for what is none."""
    try:
        return engine.parse_certificate(certificate).fingerprint.upper()
    except engine.EngineRefused:
        return ""


def _wrapped(message: bytes) -> bytes:
    length = len(message).to_bytes(2, "little")
    return ZIP + LAST_STORED + length + bytes(octet ^ 0xFF for octet in length) + message


def _armored(label: str, binary: bytes) -> str:
    lines = textwrap.wrap(base64.b64encode(binary).decode(), LINE)
    # GnuPG looks for the checksum to find the end, although nobody needs it any more (RFC 9580 section 6.1).
    checksum = base64.b64encode(_crc24(binary).to_bytes(3, "big")).decode()
    return "\n".join([f"-----BEGIN PGP {label}-----", "", *lines, f"={checksum}", f"-----END PGP {label}-----", ""])


def _unarmored(label: str, text: str) -> bytes:
    found, binary = read_armor(text.encode())
    if found != label or _armored(label, binary) != text:
        raise NotArmored(f"it holds no {label.lower()} as the server writes one")
    return binary


def _crc24(binary: bytes) -> int:
    """Return the checksum of RFC 9580 section 6.1.1."""
    crc = 0xB704CE
    for octet in binary:
        crc ^= octet << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc & 0xFFFFFF
