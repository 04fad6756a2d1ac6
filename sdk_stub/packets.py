"""The outer shape of an OpenPGP message: which packets it holds, without looking inside them.

The engine is generous: it inflates, unarmors and skips what it does not expect. We ask first.
Source: RFC 9580 section 4.2.
"""

from __future__ import annotations

ENCRYPTED_SESSION_KEY = 1
SIGNATURE = 2
ONE_PASS_SIGNATURE = 4
LITERAL_DATA = 11
ENCRYPTED_DATA = 18  # with integrity protection; tag 9, without, is refused

_OLD_LENGTH_OCTETS = {0: 1, 1: 2, 2: 4}


class BrokenPackets(ValueError):
    """The bytes are not a sequence of OpenPGP packets."""


def packet_tags(message: bytes) -> list[int]:
    """Return the type of each packet of a binary message, in order.

    Errors: BrokenPackets.
    """
    tags, at = [], 0
    while at < len(message):
        tag, at = _one_packet(message, at)
        tags.append(tag)
    return tags


def _one_packet(message: bytes, at: int) -> tuple[int, int]:
    first = message[at]
    if not first & 0x80:
        raise BrokenPackets("a packet starts with the highest bit set")
    if first & 0x40:
        return first & 0x3F, _end_of_new_packet(message, at + 1)
    octets = _OLD_LENGTH_OCTETS.get(first & 0x03)
    if octets is None:
        raise BrokenPackets("a packet of indeterminate length")
    return (first & 0x3C) >> 2, _skip(message, at + 1 + octets, _number(message, at + 1, octets))


def _end_of_new_packet(message: bytes, at: int) -> int:
    while True:
        first = _number(message, at, 1)
        if 224 <= first < 255:  # noqa: PLR2004 - RFC 9580 section 4.2.1.4: a partial length; another part follows
            at = _skip(message, at + 1, 1 << (first & 0x1F))
            continue
        return _last_part(message, at, first)


def _last_part(message: bytes, at: int, first: int) -> int:
    if first < 192:  # noqa: PLR2004 - RFC 9580 section 4.2.1.1
        return _skip(message, at + 1, first)
    if first < 224:  # noqa: PLR2004 - RFC 9580 section 4.2.1.2
        return _skip(message, at + 2, ((first - 192) << 8) + _number(message, at + 1, 1) + 192)
    return _skip(message, at + 5, _number(message, at + 1, 4))


def _number(message: bytes, at: int, octets: int) -> int:
    return int.from_bytes(message[at : _skip(message, at, octets)], "big")


def _skip(message: bytes, at: int, octets: int) -> int:
    if at + octets > len(message):
        raise BrokenPackets("a packet is cut off")
    return at + octets
