"""Reading QR codes from pictures, as a portal draws them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import segno

from sdk_stub.errors import Code, SdkError
from sdk_stub.qr import read_qr_code
from tests.sdk_stub.counterpart import make_otp


@pytest.mark.parametrize(
    "look",
    [
        {"scale": 3},
        {"scale": 8, "dark": "darkblue"},
        {"scale": 4, "light": None},
        {"scale": 4, "dark": "white", "light": "black"},
        {"scale": 5, "border": 1},
    ],
)
def test_a_drawn_code_is_read_back(tmp_path: Path, look: dict[str, Any]) -> None:
    path = tmp_path / "login.png"
    text = make_otp("t" * 36, "right" * 5)
    segno.make(text, micro=False).save(str(path), **look)
    assert read_qr_code(path) == text


def test_a_picture_without_a_code_is_not_handleable(tmp_path: Path) -> None:
    path = tmp_path / "nothing.png"
    path.write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360000000020001"
            "48afa4710000000049454e44ae426082"
        )
    )
    with pytest.raises(SdkError) as caught:
        read_qr_code(path)
    assert caught.value.code is Code.NotHandleable


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_picture_is_not_handleable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(SdkError) as caught:
        read_qr_code(path)
    assert caught.value.code is Code.NotHandleable
