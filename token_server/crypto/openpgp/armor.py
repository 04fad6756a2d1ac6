"""Text armor around OpenPGP data, for the two things that phones may send as text: keys and detached signatures.

Source: RFC 9580 section 6.2. The checksum line is allowed and not checked (section 6.1).
"""

from __future__ import annotations

import base64
import re

FRAME = re.compile(r"-----BEGIN PGP ([A-Z ]{1,40})-----")


class NotArmored(ValueError):
    """This text is not exactly one armored block."""


def read_armor(material: bytes) -> tuple[str | None, bytes]:
    """Return the block's label (None for binary material, recognised by its first bit) and the binary data.

    Errors: NotArmored.
    """
    if material[:1] >= b"\x80":
        return None, material
    lines = _lines(material)
    frame = FRAME.fullmatch(lines[0])
    if frame is None or lines[-1] != f"-----END PGP {frame[1]}-----" or "" not in lines:
        raise NotArmored("not exactly one armored block")
    start = lines.index("") + 1
    if not all(": " in header or header.endswith(":") for header in lines[1 : start - 1]):
        raise NotArmored("an armor header that is none")
    body = lines[start:-1]
    if body and body[-1].startswith("="):
        body = body[:-1]
    return frame[1], _decode("".join(body))


def _lines(material: bytes) -> list[str]:
    try:
        text = material.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise NotArmored("neither binary nor ASCII") from error
    lines = [line.strip() for line in text.split("\n")]
    if len(lines) < 2:  # noqa: PLR2004 (a first and a last line)
        raise NotArmored("no armored block")
    return lines


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise NotArmored("broken base64") from error
