"""Processes of a run: where they run, what they cost, and that none is left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
STOP_S = 10.0


class CannotMeasure(Exception):
    """Something that a run needs is missing; the message says what to do."""


def two_cores() -> tuple[int, int]:
    """Return the core of the server and the core of the client. Errors: CannotMeasure on a one-core machine."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 or not all(map(shutil.which, ("taskset", "setpriv"))):  # noqa: PLR2004 - one for each side
        raise CannotMeasure("needs two cores, and the commands taskset and setpriv (package util-linux)")
    return cores[0], cores[1]


def free_port() -> int:
    """Return a TCP port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(command: Sequence[str | Path], cores: str) -> list[str]:
    """Return the command so that it runs on these cores only and ends when the bench ends, however it ends."""
    return ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", cores, *map(str, command)]


def share_priority(pid: int) -> None:
    """Give a session the priority of this process, so that `nice -n -15 python -m bench` works on a busy machine.

    Source: sched(7), autogroup: a nice value counts only among the processes of one session; sessions have their own.
    """
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(os.getpriority(os.PRIO_PROCESS, 0)))


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    *,
    cores: str,
    port: int,
    log: Path,
    environment: Mapping[str, str] | None = None,
    polite: signal.Signals = signal.SIGTERM,
) -> Iterator[int]:
    """Run a server on some cores while the block lasts; yield its process id once its port answers."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            pinned(command, cores),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
    try:
        share_priority(process.pid)
        wait_for_port(process, port, log)
        yield process.pid
    finally:
        stop(process, polite)


def wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path, seconds: float = 30.0) -> None:
    """Wait until a process listens. Errors: CannotMeasure with the end of its log when it ends or stays silent."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise CannotMeasure(f"{process.args!r} does not listen on port {port}:\n{log.read_text(errors='replace')[-3000:]}")


def stop(process: subprocess.Popen[bytes] | subprocess.Popen[str], polite: signal.Signals) -> None:
    """End a process and its children: politely, then not."""
    if process.poll() is None:
        process.send_signal(polite)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process and its living children have used; of this process itself without children.

    Source: proc(5), stat.
    """
    if pid == os.getpid():
        return time.process_time()
    total = 0.0
    for one in [pid, *children(pid)]:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def children(pid: int) -> list[int]:
    """Return the living descendants of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *children(child)]
    return found


class CpuMeter:
    """Measures which share of a core each named process uses, from `start` to `shares`."""

    def __init__(self, **pids: int) -> None:
        self._pids = pids
        self._began = 0.0
        self._before: dict[str, float] = {}

    def start(self) -> None:
        """Begin to measure."""
        self._before = {name: cpu_seconds(pid) for name, pid in self._pids.items()}
        self._began = time.perf_counter()

    def shares(self) -> dict[str, float]:
        """Return the share of one core per name since `start` (1.0 is a whole core)."""
        elapsed = time.perf_counter() - self._began
        return {name: (cpu_seconds(pid) - self._before[name]) / elapsed for name, pid in self._pids.items()}
