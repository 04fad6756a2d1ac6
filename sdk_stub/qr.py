"""Reading a QR code from a picture in a file."""

from __future__ import annotations

from pathlib import Path

import zxingcpp
from PIL import Image

from sdk_stub.errors import Code, SdkError

QR_CODE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def read_qr_code(path: Path) -> str:
    """Return the text of the first QR code in the picture.

    Errors: SdkError 10018 when the file is no picture, or no QR code is in it.
    """
    try:
        with Image.open(path) as picture:
            codes = zxingcpp.read_barcodes(_on_white(picture), formats=QR_CODE, text_mode=zxingcpp.TextMode.Plain)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise SdkError(Code.NotHandleable, f"{path} is not a picture that can be read") from error
    if not codes:
        raise SdkError(Code.NotHandleable, f"There is no QR code in {path}")
    return codes[0].text


def _on_white(picture: Image.Image) -> Image.Image:
    """Grey, with transparent places white, as a screen shows them."""
    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("L")
