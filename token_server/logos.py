"""A picture that an admin hands in becomes a logo: decoded, made small, drawn anew, so that only pixels are kept.

What is in a PNG beside its pixels (texts, places, profiles, other files behind the end) goes. The size that it claims
to have is looked at before anything is unpacked, so a small file cannot become a large picture.

Source: PNG (third edition) section 11.2.1 for the header.
"""

from __future__ import annotations

import asyncio
import io
import struct
import zlib

from PIL import Image

from token_server.domain.errors import InvalidParameter
from token_server.domain.logos import LARGEST_EDGE, LARGEST_FILE, LOGO_EDGE, NAME, SMALLEST_EDGE

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.Struct(">8sI4sII")
# What Pillow raises for broken files; it documents none of it, so tests break many.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


async def make_logo(octets: bytes) -> bytes:
    """Return the logo that the picture gives, drawn off the event loop.

    Errors: InvalidParameter.
    """
    return await asyncio.to_thread(draw_logo, octets)


def draw_logo(octets: bytes) -> bytes:
    """Return the logo that the picture gives: a PNG of at most 256 by 256 pixels, the same for the same picture.

    Errors: InvalidParameter.
    """
    _check_header(octets)
    try:
        with Image.open(io.BytesIO(octets), formats=["PNG"]) as picture:
            if getattr(picture, "is_animated", False):
                raise _refused("moves: send a picture that does not")
            pixels = picture.convert("RGBA")
    except BROKEN:
        raise _refused("cannot be read as a PNG") from None
    pixels.thumbnail((LOGO_EDGE, LOGO_EDGE), Image.Resampling.LANCZOS)
    drawn = io.BytesIO()
    Image.frombytes("RGBA", pixels.size, pixels.tobytes()).save(drawn, "PNG", optimize=True)
    return drawn.getvalue()


def _check_header(octets: bytes) -> None:
    if len(octets) > LARGEST_FILE:
        raise _refused(f"must have at most {LARGEST_FILE // 1024} KiB")
    if len(octets) < HEADER.size:
        raise _refused("is no PNG")
    signature, length, name, width, height = HEADER.unpack_from(octets)
    if (signature, length, name) != (SIGNATURE, 13, b"IHDR"):
        raise _refused("is no PNG")
    if not all(SMALLEST_EDGE <= each <= LARGEST_EDGE for each in (width, height)):
        raise _refused(f"must be from {SMALLEST_EDGE} to {LARGEST_EDGE} pixels wide and high, not {width} by {height}")


def _refused(problem: str) -> InvalidParameter:
    return InvalidParameter(NAME, problem)
