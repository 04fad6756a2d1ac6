"""The packet walker: every byte belongs to exactly one packet, or there is no answer."""

from __future__ import annotations

import contextlib
from itertools import starmap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from token_server.crypto.openpgp.armor import NotArmored, read_armor
from token_server.crypto.openpgp.packets import NotPackets, Packet, Tag, read_literal, read_packets, write_packet
from token_server.crypto.openpgp.signatures import read_signature

PARTS = b"a" * 512 + b"b" * 512
bodies = st.binary(max_size=300)
packets = st.lists(st.builds(Packet, st.integers(1, 63), bodies), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("header", "length"),
    [
        pytest.param("cb05", 5, id="new, one octet"),
        pytest.param("cbc100", 448, id="new, two octets"),
        pytest.param("cbff00000005", 5, id="new, five octets"),
        pytest.param("ac05", 5, id="old, one octet"),
        pytest.param("ad0005", 5, id="old, two octets"),
        pytest.param("ae00000005", 5, id="old, four octets"),
    ],
)
def test_every_way_to_write_a_length_is_read(header: str, length: int) -> None:
    assert read_packets(bytes.fromhex(header) + b"x" * length, most=1) == [Packet(11, b"x" * length)]


def test_a_body_in_parts_is_put_together() -> None:
    data = bytes.fromhex("cbe9") + PARTS[:512] + bytes.fromhex("e9") + PARTS[512:] + bytes.fromhex("01") + b"c"
    assert read_packets(data, most=1) == [Packet(11, PARTS + b"c")]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("", id="nothing"),
        pytest.param("7b7d", id="text"),
        pytest.param("cb", id="no length"),
        pytest.param("cb0561", id="body cut short"),
        pytest.param("cbc1", id="length cut short"),
        pytest.param("cbffffffffff61", id="four gigabytes promised"),
        pytest.param("af6162", id="literal data of indeterminate length"),
        pytest.param("c00161", id="reserved type, new"),
        pytest.param("800161", id="reserved type, old"),
        pytest.param("cbe06101" + "62", id="a first part of one octet"),
        pytest.param("c2e9" + "00" * 512 + "00", id="a signature in parts"),
        pytest.param("cbe9" + "00" * 512, id="no last part"),
        pytest.param("cb0161cb", id="a byte left over"),
    ],
)
def test_what_is_not_whole_packets_is_no_packets(data: str) -> None:
    with pytest.raises(NotPackets):
        read_packets(bytes.fromhex(data), most=3)


def test_more_packets_than_asked_for_are_refused_before_they_are_read() -> None:
    with pytest.raises(NotPackets):
        read_packets(b"\xcb\x00" * 4, most=3)


def test_compressed_data_of_indeterminate_length_is_seen_as_compressed() -> None:
    assert read_packets(b"\xa3\x01rest", most=1) == [Packet(Tag.COMPRESSED, b"\x01rest")]


@given(packets)
def test_what_was_written_is_read(written: list[Packet]) -> None:
    data = b"".join(starmap(write_packet, written))
    assert read_packets(data, most=6) == written


@given(packets, st.data())
def test_no_prefix_of_packets_hides_a_cut(written: list[Packet], data: st.DataObject) -> None:
    whole = b"".join(starmap(write_packet, written))
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with contextlib.suppress(NotPackets):
        found = read_packets(cut, most=6)
        assert found == written[: len(found)]


@settings(max_examples=500)
@given(st.binary(max_size=600))
def test_any_bytes_are_packets_or_not_packets(data: bytes) -> None:
    try:
        found = read_packets(data, most=8)
    except NotPackets:
        return
    assert sum(len(packet.body) for packet in found) < len(data)


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_signature_a_literal_or_neither(data: bytes) -> None:
    for read in (read_signature, read_literal):
        try:
            read(data)
        except NotPackets:
            continue


@settings(max_examples=300)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_armor_or_not_armor(data: bytes) -> None:
    try:
        read_armor(data)
    except NotArmored:
        return


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("-----BEGIN PGP SIGNATURE-----", id="one line"),
        pytest.param("-----BEGIN PGP SIGNATURE-----\n\nwA==\n-----END PGP MESSAGE-----", id="two labels"),
        pytest.param("-----BEGIN PGP SIGNATURE-----\nwA==\n-----END PGP SIGNATURE-----", id="no empty line"),
        pytest.param("-----BEGIN PGP SIGNATURE-----\nx\n\nwA==\n-----END PGP SIGNATURE-----", id="broken header"),
        pytest.param("-----BEGIN PGP SIGNATURE-----\n\nw!==\n-----END PGP SIGNATURE-----", id="broken base64"),
        pytest.param("hello\n-----BEGIN PGP SIGNATURE-----\n\nwA==\n-----END PGP SIGNATURE-----", id="text before"),
    ],
)
def test_text_that_is_not_one_armored_block_is_not_armor(text: str) -> None:
    with pytest.raises(NotArmored):
        read_armor(text.encode())


@pytest.mark.parametrize("end_of_line", ["\n", "\r\n"])
@pytest.mark.parametrize("checksum", ["", "=abcd\n"])
@pytest.mark.parametrize("header", ["", "Comment: made by a phone\nVersion: 1\n"])
def test_armor_is_read_with_any_line_ends_headers_and_checksum(end_of_line: str, checksum: str, header: str) -> None:
    text = f"-----BEGIN PGP SIGNATURE-----\n{header}\nwsA\nB\n{checksum}-----END PGP SIGNATURE-----\n"
    assert read_armor(text.replace("\n", end_of_line).encode()) == ("SIGNATURE", b"\xc2\xc0\x01")
