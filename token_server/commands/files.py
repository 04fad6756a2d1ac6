"""Files that commands read, and files that they write: never over another, and for their owner alone."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

FILE_NAME = "token_server.toml"


@contextmanager
def writing_to(path: Path | None) -> Iterator[TextIO]:
    """Give what to write to: a new file, mode 600, or standard output; a file that was not finished is removed.

    Errors: FileExistsError.
    """
    if path is None:
        yield sys.stdout
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def read_file(name: str) -> bytes:
    """Return the octets of the file of that name.

    Errors: ArgumentTypeError.
    """
    try:
        return Path(name).read_bytes()
    except OSError as error:
        problem = f"{name} cannot be read: {error.strerror}"
        raise argparse.ArgumentTypeError(problem) from None


def read_text_file(name: str) -> str:
    """Return what stands in the file of that name, or comes on standard input for `-`.

    Errors: ArgumentTypeError.
    """
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        problem = f"{name} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
        raise argparse.ArgumentTypeError(problem) from None
