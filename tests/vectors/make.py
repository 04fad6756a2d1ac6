"""Writes docs/vectors, and the mobile guide's table of errors.

`.venv/bin/python -m tests.vectors.make`; with `--new-keys` the OpenPGP samples are made anew as well.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.source_files import ROOT
from tests.vectors import plain, refusals, sealed

FOLDER = ROOT / "docs" / "vectors"
PLAIN: dict[str, Callable[[], Any]] = {
    "otp_strings.json": plain.otp_strings,
    "frames.json": plain.frames,
    "messages.json": plain.messages,
    "challenge_documents.json": plain.challenge_documents,
    "errors.json": refusals.errors,
}
OPENPGP = "openpgp.json"
GUIDE = ROOT / "docs" / "mobile-guide.md"
BEGIN = "<!-- errors: made by `python -m tests.vectors.make` from tests/vectors/refusals.py -->\n"
END = "\n<!-- end of errors -->"


def written(contents: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """Return a vector file's text."""
    return json.dumps(contents, ensure_ascii=False, indent=2) + "\n"


def load(name: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return what a vector file holds."""
    return json.loads((FOLDER / name).read_text("utf-8"))


def guide() -> str:
    """Return the mobile guide with its table of errors as it should be."""
    text = GUIDE.read_text("utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END.lstrip("\n"))
    return f"{before}{BEGIN}\n{refusals.table()}\n{END}{after}"


def make(folder: Path, *, new_keys: bool) -> None:
    """Write every file; the keys only if they are missing or new ones are wanted."""
    for name, contents in PLAIN.items():
        (folder / name).write_text(written(contents()), encoding="utf-8")
    if new_keys or not (folder / OPENPGP).exists():
        (folder / OPENPGP).write_text(written(sealed.openpgp()), encoding="utf-8")


if __name__ == "__main__":
    make(FOLDER, new_keys="--new-keys" in sys.argv[1:])
    GUIDE.write_text(guide(), encoding="utf-8")
