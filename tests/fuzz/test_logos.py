"""Any octets as a logo: a small picture that is nothing but pixels, or a refusal; and nothing is unpacked on trust."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image, PngImagePlugin

from token_server.domain.errors import InvalidParameter
from token_server.domain.logos import LARGEST_FILE
from token_server.logos import SIGNATURE, draw_logo

MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]
SEED, ROUNDS = 20261127, 250
CHUNKS_OF_PIXELS = {b"IHDR", b"IDAT", b"IEND"}


def png(mode: str = "RGBA", size: tuple[int, int] = (40, 24), **more: object) -> bytes:
    """A picture of that mode."""
    octets = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(octets, "PNG", **more)
    return octets.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def chunks(octets: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG, as far as they can be followed."""
    at = len(SIGNATURE)
    while at + 12 <= len(octets):
        length = int.from_bytes(octets[at : at + 4])
        yield octets[at + 4 : at + 8], octets[at + 8 : at + 8 + length]
        at += 12 + length


def drawn(octets: bytes) -> Image.Image | None:
    """The logo that is made of it, if one is; whatever else happens is a fault."""
    try:
        made = draw_logo(octets)
    except InvalidParameter:
        return None
    assert {name for name, _ in chunks(made)} <= CHUNKS_OF_PIXELS
    picture = Image.open(io.BytesIO(made))
    assert (picture.format, picture.mode, picture.info) == ("PNG", "RGBA", {})
    assert max(picture.size) <= 256
    assert draw_logo(made) == made  # drawn again it is the same, so a hash names one picture
    return picture


def broken(octets: bytes, chance: random.Random) -> bytes:
    """The picture with a few octets changed, left out, put in, or cut off; its checksums are mended, mostly."""
    changed = bytearray(octets)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0 | 1:
                changed[at] = chance.randrange(256)
            case 2:
                changed[at:at] = chance.randbytes(3)
            case _:
                del changed[at : at + chance.randint(1, 9)]
    if chance.random() < 0.7:
        return SIGNATURE + b"".join(chunk(name, content) for name, content in chunks(bytes(changed)))
    return bytes(changed)


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_picture_can_be_a_logo_and_broken_ones_do_no_harm(mode: str) -> None:
    chance, octets = random.Random(SEED), png(mode)
    assert drawn(octets) is not None
    outcomes = {drawn(broken(octets, chance)) is None for _ in range(ROUNDS)}
    assert outcomes == {True, False}


def test_nothing_but_pixels_survives() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "SECRET" * 20, zip=True)
    told.add_itxt("XML:com.adobe.xmp", "<script>SECRET</script>")
    octets = png(pnginfo=told, exif=b"Exif\0\0SECRET", dpi=(72, 72)) + b"PK\x03\x04 SECRET <script>"
    plain = drawn(octets)
    assert plain is not None
    assert b"SECRET" not in draw_logo(octets)
    whole, made = Image.open(io.BytesIO(octets)), Image.open(io.BytesIO(draw_logo(octets)))
    assert made.tobytes() == whole.convert("RGBA").tobytes()


def test_a_large_picture_is_made_small_and_keeps_its_shape() -> None:
    octets = io.BytesIO()
    Image.new("RGB", (1024, 512), "teal").save(octets, "PNG")
    picture = drawn(octets.getvalue())
    assert picture is not None
    assert picture.size == (256, 128)


@pytest.mark.parametrize("size", [(15, 100), (100, 15), (1025, 100), (65_535, 65_535), (2**31 - 1, 2**31 - 1), (0, 0)])
def test_what_claims_to_be_too_large_or_too_small_is_not_unpacked(size: tuple[int, int]) -> None:
    header = struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0)
    bomb = zlib.compress(bytes(30_000_000), 9)
    octets = SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", bomb) + chunk(b"IEND", b"")
    assert len(octets) < LARGEST_FILE
    tracemalloc.start()
    try:
        with pytest.raises(InvalidParameter, match="pixels wide and high"):
            draw_logo(octets)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_a_text_that_unpacks_to_megabytes_is_refused_and_data_beyond_the_picture_is_not_read() -> None:
    bomb = zlib.compress(bytes(30_000_000), 9)
    name, header = next(chunks(png()))
    pixels = [chunk(each, content) for each, content in chunks(png()) if each != b"IHDR"]
    text = SIGNATURE + chunk(name, header) + chunk(b"zTXt", b"note\0\0" + bomb) + b"".join(pixels)
    assert drawn(text) is None
    profile = SIGNATURE + chunk(name, header) + chunk(b"iCCP", b"p\0\0" + bomb) + b"".join(pixels)
    drawn(profile)
    drawn(SIGNATURE + chunk(name, header) + chunk(b"IDAT", bomb) + chunk(b"IEND", b""))


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        SIGNATURE,
        b"GIF89a" + bytes(60),
        b"\xff\xd8\xff\xe0" + bytes(60),
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        png() + bytes(LARGEST_FILE),
        png()[:-30],
    ],
)
def test_what_is_no_small_whole_png_is_refused(octets: bytes) -> None:
    assert drawn(octets) is None


def test_a_picture_that_moves_is_refused() -> None:
    octets = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green")]
    frames[0].save(octets, "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(InvalidParameter, match="moves"):
        draw_logo(octets.getvalue())
