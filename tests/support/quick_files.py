"""Files of tests are kept in memory where there is room: every commit of every test waits for its disk otherwise.

Tests that kill servers lose nothing by that: what a killed process wrote is in the system's hands on a disk as well.
A plugin, loaded before pytest and anything else asks where temporary files go; `TMPDIR` in the environment goes before.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - folders are made in it as in any other, with names that nobody knows
ROOM = 2 * 1024**3

if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
    os.environ.setdefault("TMPDIR", str(IN_MEMORY))
    tempfile.tempdir = None
