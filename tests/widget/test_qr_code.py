"""The widget's own QR encoder, in the browser, against two readers and another encoder."""

from __future__ import annotations

import json
import random
import string
import subprocess
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path
from typing import cast

import pytest
import segno
import zxingcpp
from PIL import Image, ImageOps

from sdk_stub.qr import QR_CODE
from tests.support.chromium import Page
from tests.support.required_components import require
from tests.widget.stage import Stage

pytestmark = pytest.mark.needs_browser

ALPHABET = string.ascii_letters + string.digits + "-_"
# Bytes that fit into versions 1 to 20 at level L (ISO/IEC 18004, table 7).
FITS = (17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858)
make_as_we_do = partial(segno.make, error="L", mode="byte", micro=False, boost_error=False)
ENCODE = """import({module}).then(({{ qrCode }}) => {texts}.map((text) => {{
    const {{ size, version, mask, dark }} = qrCode(text);
    return [size, version, mask, dark.join("")];
}}))"""


@dataclass(frozen=True)
class Symbol:
    """A QR code as the widget made it."""

    size: int
    version: int
    mask: int
    dark: str

    def picture(self) -> Image.Image:
        """The symbol with its quiet zone, three pixels a module."""
        modules = bytes(0 if module == "1" else 255 for module in self.dark)
        image = ImageOps.expand(Image.frombytes("L", (self.size, self.size), modules), border=4, fill=255)
        return ImageOps.scale(image, 3, Image.Resampling.NEAREST)

    def read(self) -> str:
        """The text as zxing-cpp reads it."""
        (code,) = zxingcpp.read_barcodes(self.picture(), formats=QR_CODE)
        assert cast("dict[str, float]", code.extra)["UEC"] == 1.0  # none of the error correction was used
        return str(code.text)


@pytest.fixture
async def module(stage: Stage, page: Page) -> str:
    """The widget's address as JavaScript text, on a page that may import it."""
    await stage.open(page, "")
    return json.dumps(f"{stage.server}/widget/v1/qr-login.js")


async def encode(page: Page, module: str, texts: list[str]) -> list[Symbol]:
    """The widget's symbols for these texts."""
    return [Symbol(*made) for made in await page.run(ENCODE.format(module=module, texts=json.dumps(texts)))]


def random_text(length: int, seed: int = 0) -> str:
    return "".join(random.Random(f"{length} {seed}").choices(ALPHABET, k=length))


def penalty(rows: list[bytes]) -> int:
    """The points of table 11, written anew."""
    points = 0
    for line in [*rows, *map(bytes, zip(*rows, strict=True))]:
        points += sum(length - 2 for _, run in groupby(line) if (length := len(list(run))) >= 5)
        around = bytes(4) + line + bytes(4)
        finders = [at for at in range(len(line)) if around[at + 4 : at + 11] == b"\1\0\1\1\1\0\1"]
        points += 40 * sum(not any(around[at : at + 4]) or not any(around[at + 11 : at + 15]) for at in finders)
    for upper, lower in pairwise(rows):
        points += 3 * sum(len({*upper[at : at + 2], *lower[at : at + 2]}) == 1 for at in range(len(rows) - 1))
    return points + 10 * int(abs(100 * sum(map(sum, rows)) / len(rows) ** 2 - 50) / 5)


@pytest.mark.slow
async def test_hundreds_of_texts_of_every_length_are_read_back_without_repair(page: Page, module: str) -> None:
    texts = [random_text(length) for length in range(1, 859, 4)] + ["Zoë über 10 €", "鍵", "", "😀" * 9]
    symbols = await encode(page, module, texts)
    assert {symbol.version for symbol in symbols} == set(range(1, 21))
    unread = [text for text, symbol in zip(texts, symbols, strict=True) if text and symbol.read() != text]
    assert unread == []


async def test_a_full_symbol_is_the_other_encoders_module_by_module(page: Page, module: str) -> None:
    texts = [random_text(length, 1) for length in FITS]
    for version, (text, symbol) in enumerate(zip(texts, await encode(page, module, texts), strict=True), start=1):
        other = make_as_we_do(text, version=version, mask=symbol.mask)
        assert symbol.version == version
        assert symbol.dark == "".join(str(module) for row in other.matrix for module in row)


async def test_one_byte_more_than_fits_takes_the_next_version(page: Page, module: str) -> None:
    symbols = await encode(page, module, [random_text(length + 1) for length in FITS[:-1]])
    assert [symbol.version for symbol in symbols] == list(range(2, 21))


async def test_the_mask_is_the_one_with_the_fewest_penalty_points(page: Page, module: str) -> None:
    texts = [random_text(length, seed) for length in FITS[:8:2] for seed in range(3)]
    for text, symbol in zip(texts, await encode(page, module, texts), strict=True):
        others = [make_as_we_do(text, version=symbol.version, mask=mask) for mask in range(8)]
        points = [penalty([bytes(row) for row in other.matrix]) for other in others]
        assert points[symbol.mask] == min(points)


async def test_a_text_that_fits_no_symbol_is_refused(page: Page, module: str) -> None:
    await encode(page, module, ["x" * 858])
    with pytest.raises(AssertionError, match="RangeError: 859 bytes are too many"):
        await encode(page, module, ["x" * 859])


@pytest.mark.needs_zbar
async def test_another_reader_agrees(page: Page, module: str, tmp_path: Path) -> None:
    texts = [random_text(length) for length in (20, 114, 142, 300, 858)]
    for text, symbol in zip(texts, await encode(page, module, texts), strict=True):
        symbol.picture().save(tmp_path / "code.png")
        command = [str(require("zbarimg") / "zbarimg"), "--quiet", "--raw", str(tmp_path / "code.png")]
        assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == text


async def test_a_frame_is_encoded_within_three_milliseconds(page: Page, module: str) -> None:
    script = f"""import({module}).then(({{ qrCode }}) => {{
        const times = Array.from({{ length: 150 }}, (_, number) => {{
            const began = performance.now();
            qrCode({json.dumps(random_text(140))} + number);
            return performance.now() - began;
        }});
        return times.sort((one, other) => one - other)[75];
    }})"""
    assert await page.run(script) <= 3
