"""A copy of a SQLite file while others write to it: of one moment, compact, and checked before it is called a backup.

`VACUUM INTO` reads one snapshot, so writers neither wait nor tear it. What was deleted is not in the copy: free pages,
where traces of it stay in the file itself, are left behind.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from token_server.domain.errors import Unavailable

LOOK_EVERY_S = 0.2
LOCK_WAIT_S = 30.0

Progress = Callable[[int, int], None]


async def back_up(source: Path, copy: Path, progress: Progress = lambda _done, _all: None) -> None:
    """Write a copy of the database file to a new file, readable by its owner alone; `progress` hears octets.

    The file appears under its name when all of it is there.
    Errors: FileExistsError; FileNotFoundError; Unavailable when the database or the copy is not sound.
    """
    part = _begin(source, copy)
    try:
        work = asyncio.create_task(asyncio.to_thread(_copy, source, part))
        whole = _size(source)
        while not (await asyncio.wait([work], timeout=LOOK_EVERY_S))[0]:
            progress(min(_size(part), whole), whole)
        await work
        _finish(part, copy)
        progress(whole, whole)
    finally:
        _remove(part)


def _begin(source: Path, copy: Path) -> Path:
    if not source.exists():
        raise FileNotFoundError(f"there is no database {source}")
    if copy.exists():
        raise FileExistsError(f"{copy} is there already")
    part = copy.with_name(f".{copy.name}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    return part


def _finish(part: Path, copy: Path) -> None:
    os.link(part, copy)  # unlike renaming, never over another file
    _remove(part)
    _write_through(copy.parent)


def _remove(part: Path) -> None:
    part.unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size


def _copy(source: Path, part: Path) -> None:
    try:
        with closing(sqlite3.connect(source, timeout=LOCK_WAIT_S, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("VACUUM INTO :part", {"part": str(part)})
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        raise Unavailable(f"The database cannot be copied: {error}") from error
    if verdict != "ok":
        raise Unavailable(f"The copy is not sound: {verdict}")
    _write_through(part)


def _write_through(path: Path) -> None:
    """Have what was written survive a power cut; of a folder, its names."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
