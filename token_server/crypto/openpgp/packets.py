"""The outermost layer of OpenPGP: packet headers, read strictly and without looking inside any packet.

Source: RFC 9580 section 4 (packet syntax).
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

OLD_FORMAT = 0x80
NEW_FORMAT = 0xC0
OLD_LENGTH_OCTETS = (1, 2, 4)
INDETERMINATE = 3
ONE_OCTET_BELOW = 192
TWO_OCTETS_BELOW = 224
FIVE_OCTETS = 255
SMALLEST_PART = 512
RESERVED = "reserved packet type"


class Tag(IntEnum):
    """Packet types that somebody here asks for by name (RFC 9580 section 5)."""

    SESSION_KEY = 1
    SIGNATURE = 2
    ONE_PASS_SIGNATURE = 4
    SECRET_KEY = 5
    PUBLIC_KEY = 6
    SECRET_SUBKEY = 7
    COMPRESSED = 8
    ENCRYPTED = 9
    LITERAL = 11
    USER_ID = 13
    PUBLIC_SUBKEY = 14
    USER_ATTRIBUTE = 17
    ENCRYPTED_AND_PROTECTED = 18
    PADDING = 21


MAY_COME_IN_PARTS = (Tag.COMPRESSED, Tag.ENCRYPTED, Tag.LITERAL, Tag.ENCRYPTED_AND_PROTECTED)


class NotPackets(ValueError):
    """These bytes are no sequence of whole OpenPGP packets."""


class Packet(NamedTuple):
    """One packet without its header; `tag` may be any number from 1 to 63."""

    tag: int
    body: bytes


def read_packets(data: bytes, *, most: int) -> list[Packet]:
    """Split data into packets, each byte belonging to exactly one of them.

    Errors: NotPackets when a byte is missing or left over, or when there are none or more than `most`.
    """
    packets: list[Packet] = []
    position = 0
    while position < len(data):
        if len(packets) == most:
            raise NotPackets(f"more than {most} packets")
        packet, position = _read_new(data, position) if data[position] >= NEW_FORMAT else _read_old(data, position)
        packets.append(packet)
    if not packets:
        raise NotPackets("no packet")
    return packets


def write_packet(tag: int, body: bytes) -> bytes:
    """Return a packet with a new-format header of fixed length."""
    return bytes((NEW_FORMAT | tag, FIVE_OCTETS)) + len(body).to_bytes(4, "big") + body


def read_literal(body: bytes) -> bytes:
    """Return the content of a literal data packet; its file name and date are ignored, as they are not signed.

    Errors: NotPackets when its header is cut short or its format is none of binary, text, UTF-8.
    Source: RFC 9580 section 5.9.
    """
    start = 2 + body[1] + 4 if len(body) > 1 else 0
    if not start or start > len(body) or body[:1] not in (b"b", b"t", b"u"):
        raise NotPackets("a broken literal data packet")
    return body[start:]


def take(data: bytes, position: int, length: int) -> tuple[bytes, int]:
    """Return `length` octets from `position` and the position after them; NotPackets when they are not there."""
    end = position + length
    if end > len(data):
        raise NotPackets("cut short")
    return data[position:end], end


def take_number(data: bytes, position: int, octets: int) -> tuple[int, int]:
    """Return a big-endian number of so many octets and the position after it; NotPackets when it is cut short."""
    end = position + octets
    if end > len(data):
        raise NotPackets("cut short")
    return int.from_bytes(data[position:end], "big"), end


def take_mpi(data: bytes, position: int) -> tuple[bytes, int]:
    """Return the octets of a multiprecision integer and the position after it; NotPackets when it is cut short.

    Source: RFC 9580 section 3.2.
    """
    start = position + 2
    end = start + (int.from_bytes(data[position:start], "big") + 7) // 8
    if end > len(data):
        raise NotPackets("cut short")
    return data[start:end], end


def write_mpi(octets: bytes) -> bytes:
    """Return a big-endian number as a multiprecision integer, without leading zeros (RFC 9580 section 3.2)."""
    number = octets.lstrip(b"\0")
    bits = len(number) * 8 - 8 + number[0].bit_length() if number else 0
    return bits.to_bytes(2, "big") + number


def _read_old(data: bytes, position: int) -> tuple[Packet, int]:
    header = data[position]
    if header < OLD_FORMAT:
        raise NotPackets("not a packet header")
    tag, position = header >> 2 & 0x0F, position + 1
    if not tag:
        raise NotPackets(RESERVED)
    if header & 0x03 == INDETERMINATE:
        if tag != Tag.COMPRESSED:  # gpg still writes these; everywhere else they are a way to hide bytes
            raise NotPackets("indeterminate length")
        return Packet(tag, data[position:]), len(data)
    length, position = take_number(data, position, OLD_LENGTH_OCTETS[header & 0x03])
    body, position = take(data, position, length)
    return Packet(tag, body), position


def _read_new(data: bytes, position: int) -> tuple[Packet, int]:
    """Read a packet of known length at once; slices beyond the end are short and found by the last look."""
    tag = data[position] & 0x3F
    if not tag:
        raise NotPackets(RESERVED)
    first = int.from_bytes(data[position + 1 : position + 2], "big")
    if first < ONE_OCTET_BELOW:
        length, start = first, position + 2
    elif first == FIVE_OCTETS:
        length, start = int.from_bytes(data[position + 2 : position + 6], "big"), position + 6
    elif first < TWO_OCTETS_BELOW:
        second = int.from_bytes(data[position + 2 : position + 3], "big")
        length, start = (first - ONE_OCTET_BELOW << 8) + second + ONE_OCTET_BELOW, position + 3
    else:
        return _read_parts(tag, data, position + 1)
    end = start + length
    if end > len(data):
        raise NotPackets("cut short")
    return Packet(tag, data[start:end]), end


def _read_parts(tag: int, data: bytes, position: int) -> tuple[Packet, int]:
    parts: list[bytes] = []
    while True:
        length, partial, position = _new_length(data, position)
        part, position = take(data, position, length)
        parts.append(part)
        if not partial:
            return Packet(tag, b"".join(parts)), position
        if tag not in MAY_COME_IN_PARTS or length < SMALLEST_PART:
            raise NotPackets("partial length")  # RFC 9580 asks this of the first part; all of them: no floods of bits


def _new_length(data: bytes, position: int) -> tuple[int, bool, int]:
    first, position = take_number(data, position, 1)
    if first < ONE_OCTET_BELOW:
        return first, False, position
    if first < TWO_OCTETS_BELOW:
        second, position = take_number(data, position, 1)
        return (first - ONE_OCTET_BELOW << 8) + second + ONE_OCTET_BELOW, False, position
    if first < FIVE_OCTETS:
        return 1 << (first & 0x1F), True, position
    length, position = take_number(data, position, 4)
    return length, False, position
