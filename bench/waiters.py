"""Ten thousand browsers that wait at one server: what each costs in memory, and whether all are told in the end.

Real transactions on SQLite, each with a view and an event stream; then phones answer half of them, nobody the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from bench.callback_sink import CallbackSink
from bench.logins import Lane, Watched, open_lanes, start_watched
from bench.our_server import AUTHENTICATION_TYPE, BRIEF_TYPE, server_running
from bench.phones import claim_body, send_answer, send_claim
from bench.processes import CannotMeasure, pinned, stop
from bench.scenarios import Plan, Results

LANES = 16
SETTLE_S = 4.0
SPARE_FILES = 200
AIM_KIB = 25.0
# A transaction that expires has to last until all are started and listened to, on a busy machine too.
BRIEF_S, STARTED_PER_S = 40, 80


class Browsers:
    """The process with the waiting browsers (`bench/browsers.py`)."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    async def until(self, state: str, count: int, within_s: float) -> dict[str, Any]:
        """Return what they have seen once so many see that state, or when the time is over."""
        deadline = time.monotonic() + within_s
        while True:
            found: dict[str, Any] = json.loads(await asyncio.to_thread(self._ask))
            if found["now"].get(state, 0) >= count or time.monotonic() > deadline:
                return found
            await asyncio.sleep(0.25)

    def _ask(self) -> str:
        if self._process.stdin is None or self._process.stdout is None:
            raise CannotMeasure("the browsers cannot be asked")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


@contextlib.contextmanager
def _browsers(port: int, waiting: list[Watched], folder: Path, core: int) -> Iterator[Browsers]:
    paths = folder / "paths"
    paths.write_text("\n".join(one.path for one in waiting))
    command = pinned([sys.executable, "-m", "bench.browsers", str(port), paths], str(core))
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True) as process:
        try:
            yield Browsers(process)
        finally:
            stop(process, signal.SIGTERM)


def resident_kib(pid: int) -> int:
    """Return the memory that a process holds (proc(5), VmRSS)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


async def waiters(plan: Plan, results: Results, count: int) -> None:
    """Let so many browsers wait at a fresh server."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < count + SPARE_FILES:
        raise CannotMeasure(f"needs {count + SPARE_FILES} open files: raise the hard limit (ulimit -Hn)")
    folder, sink, brief_s = plan.folder / "waiters", CallbackSink(), BRIEF_S + count // STARTED_PER_S
    await sink.open()
    with server_running(folder, "", core=plan.server_core, callback_uri=sink.uri, brief_s=brief_s) as server:
        lanes = await open_lanes(server, sink, LANES)
        await _in_lanes(lanes, [AUTHENTICATION_TYPE] * LANES * 4, start_watched)  # code is compiled, caches are filled
        idle = resident_kib(server.pid)
        plan.say(f"  the idle server holds {idle / 1024:.0f} MiB; starting {count} transactions")
        kinds = [AUTHENTICATION_TYPE] * (count // 2) + [BRIEF_TYPE] * (count - count // 2)
        began = time.monotonic()
        started = await _in_lanes(lanes, kinds, start_watched)
        before = resident_kib(server.pid)
        with _browsers(server.port, started, folder, plan.client_core) as browsers:
            seen = await browsers.until("waiting", count, 60)
            took = time.monotonic() - began
            await asyncio.sleep(SETTLE_S)
            full = resident_kib(server.pid)
            plan.say(f"  {count} started and listened to in {took:.0f} s; {(full - idle) / count:.1f} KiB each")
            await _in_lanes(lanes, [one.otp for one in started[: count // 2]], _log_in)
            seen = await browsers.until("accepted", count // 2, 30)
            plan.say(f"  half of them were answered; now: {seen['now']}; the others expire")
            left = brief_s - (time.monotonic() - began - took)
            seen = await browsers.until("expired", count - count // 2, max(0.0, left) + 30)
        results.facts[f"{count} waiting browsers"] = {
            "idle server, MiB": round(idle / 1024, 1),
            "KiB each, beyond the idle server": round((full - idle) / count, 1),
            "of it for the event stream": round((full - before) / count, 1),
            f"at most {AIM_KIB:.0f} KiB": "yes" if full - idle <= AIM_KIB * count else "NO",
            **_endings(seen, count),
        }
    sink.close()


def _endings(seen: dict[str, Any], count: int) -> dict[str, float | str]:
    told = sum(seen["now"].get(state, 0) for state in ("accepted", "expired"))
    return {
        "told the end of their story": told,
        "streams that broke off": seen["lost"],
        "never shown a code": seen["without_code"],
        "none lost": "yes" if told == count and not seen["lost"] and not seen["without_code"] else "NO",
        **{f"saw {states}": number for states, number in sorted(seen["seen"].items())},
    }


async def _in_lanes(
    lanes: list[Lane], tasks: list[str], work: Callable[[Lane, str], Awaitable[Watched]]
) -> list[Watched]:
    """Return what becomes of the tasks, in their order; each lane takes the next one when it is free."""
    done: dict[int, Watched] = {}
    numbered = iter(enumerate(tasks))

    async def run(lane: Lane) -> None:
        for number, task in numbered:
            done[number] = await work(lane, task)

    await asyncio.gather(*map(run, lanes))
    return [done[number] for number in range(len(tasks))]


async def _log_in(lane: Lane, otp: str) -> Watched:
    transaction_id, _, body = claim_body(lane.phone, otp)
    sealed = await send_claim(lane.phone_line, lane.phone, body)
    document = lane.phone.open(sealed, check=False)["challenge_document"]
    body = lane.phone.seal({"decision": "accept", "challenge_document": document})
    await send_answer(lane.phone_line, lane.phone, transaction_id, body)
    return Watched(otp, "")
