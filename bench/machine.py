"""What a run was measured on: without it a rate says nothing."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import time
import timeit
from pathlib import Path
from typing import Any

from bench import peer_server
from bench.processes import CannotMeasure

FSYNCS = 200
CALLS = "def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)"


def fsync_ms(folder: Path) -> float:
    """Return how long the disk takes to write one page durably."""
    with tempfile.TemporaryFile(dir=folder) as file:
        began = time.perf_counter()
        for _ in range(FSYNCS):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return (time.perf_counter() - began) / FSYNCS * 1e3


def python_calls_ms() -> float:
    """Return how long 21,891 calls of a small function take, at best: how this Python was built shows here.

    A build with profile-guided optimisation, as distributions ship it, needs about two thirds of one without.
    """
    return min(timeit.repeat("fibonacci(20)", CALLS, number=1, repeat=9)) * 1e3


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _node() -> str:
    try:
        return subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "none"


def _peer() -> str:
    try:
        return peer_server.version()
    except CannotMeasure:
        return "none"


def describe(folder: Path) -> dict[str, Any]:
    """Return the facts of this machine."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "python": f"{platform.python_version()} ({' '.join(platform.python_build())}, {platform.python_compiler()})",
        "python_calls_ms": python_calls_ms(),
        "node": _node(),
        "oidc_provider": _peer(),
        "fsync_ms": fsync_ms(folder),
    }
