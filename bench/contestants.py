"""The two that are compared: each runs on the server's core and can be measured at a number of concurrent lanes."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from bench.callback_sink import CallbackSink
from bench.http_client import connect
from bench.load import Measured, measure, summary
from bench.logins import Lane, callback_lags, login_story, open_lanes
from bench.our_server import server_running
from bench.peer_server import cycle_story, peer_running
from bench.processes import CpuMeter
from bench.throwaway_postgres import Postgres, create_database


class Contestant(Protocol):
    """Somebody whose whole cycles are measured."""

    async def run(self, concurrent: int, seconds: float, warm_up_s: float) -> Measured:
        """Return what so many lanes showed in that time."""
        ...


def meter(server: int, postgres: Postgres | None = None) -> CpuMeter:
    """Return a meter of the server, this process, and PostgreSQL when there is one."""
    pids = {"server": server, "client": os.getpid()}
    return CpuMeter(**pids, **({"postgres": postgres.pid} if postgres else {}))


class Peer:
    """The peer's cycles."""

    def __init__(self, name: str, port: int, cpu: CpuMeter) -> None:
        self._name, self._port, self._cpu = name, port, cpu

    async def run(self, concurrent: int, seconds: float, warm_up_s: float) -> Measured:
        """Return what so many lanes showed, each with a connection of its own."""
        lines = [await connect(self._port) for _ in range(concurrent)]
        stories = [cycle_story(line, f"user-{number}") for number, line in enumerate(lines)]
        one = await measure(self._name, stories, seconds=seconds, warm_up_s=warm_up_s, cpu=self._cpu)
        for line in lines:
            line.close()
        return one


class Ours:
    """Our logins, with the portal's callback page in this process."""

    def __init__(self, name: str, lanes: Sequence[Lane], sink: CallbackSink, cpu: CpuMeter) -> None:
        self._name, self._lanes, self._sink, self._cpu = name, lanes, sink, cpu

    async def run(self, concurrent: int, seconds: float, warm_up_s: float) -> Measured:
        """Return what so many phones showed, and how their callbacks came."""
        lanes = self._lanes[:concurrent]
        self._sink.clear()
        for lane in lanes:
            lane.answered.clear()
        stories = [login_story(lane) for lane in lanes]
        one = await measure(self._name, stories, seconds=seconds, warm_up_s=warm_up_s, cpu=self._cpu)
        told = self._sink.count_since(time.perf_counter() - one.seconds)
        lags, missing = await callback_lags(lanes, self._sink)
        steps = {**one.percentiles_ms, **({"callback": summary(lags)} if lags else {})}
        extra = {
            "callbacks_per_s": told / one.seconds if one.seconds else 0.0,
            "callbacks_missing": float(missing),
            "callbacks_repeated": float(self._sink.repeated),
        }
        return replace(one, percentiles_ms=steps, extra=extra)


@contextlib.asynccontextmanager
async def peer(folder: Path, core: int, postgres: Postgres | None) -> AsyncIterator[Contestant]:
    """Run the peer while the block lasts, on SQLite, or on PostgreSQL when there is one."""
    store = create_database(postgres, "peer") if postgres else str(folder / "peer.sqlite3")
    name = "peer postgresql" if postgres else "peer sqlite"
    with peer_running(store, core=core, log=folder / "peer.log") as (pid, port):
        yield Peer(name, port, meter(pid, postgres))


@contextlib.asynccontextmanager
async def ours(
    folder: Path, core: int, postgres: Postgres | None, phones: int, *, chained: bool = True
) -> AsyncIterator[Contestant]:
    """Run our server while the block lasts, on SQLite, or PostgreSQL when there is one; audit trail chained or not."""
    name = ("ours postgresql" if postgres else "ours sqlite") + ("" if chained else ", unchained")
    word = "ours" if chained else "unchained"
    database = create_database(postgres, word) if postgres else ""
    sink = CallbackSink()
    await sink.open()
    place = folder / f"{word}-{'postgresql' if postgres else 'sqlite'}"
    with server_running(place, database, core=core, callback_uri=sink.uri, chained=chained) as server:
        yield Ours(name, await open_lanes(server, sink, phones), sink, meter(server.pid, postgres))
    sink.close()
