"""Thousands of waiting browsers, in a process of their own: `python -m bench.browsers PORT FILE-WITH-PATHS`.

Listens at every path, then answers each line of standard input with a line of JSON: how many see what.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections import Counter
from pathlib import Path

import uvloop

from bench.event_stream import EventStream, listen

AT_ONCE = 64


async def _open(port: int, paths: list[str]) -> list[EventStream]:
    streams: list[EventStream] = []
    for start in range(0, len(paths), AT_ONCE):
        streams += await asyncio.gather(*(listen(port, path) for path in paths[start : start + AT_ONCE]))
    return streams


def _summary(streams: list[EventStream]) -> dict[str, object]:
    return {
        "now": dict(Counter(stream.states[-1] for stream in streams if stream.states)),
        "seen": dict(Counter(" > ".join(stream.states) for stream in streams)),
        "without_code": sum(stream.frames == 0 for stream in streams),
        "lost": sum(stream.is_closed and not stream.is_finished for stream in streams),
    }


async def _run(port: int, paths: list[str]) -> None:
    streams = await _open(port, paths)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        sys.stdout.write(json.dumps(_summary(streams)) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Listen until standard input ends."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(_run(int(sys.argv[1]), Path(sys.argv[2]).read_text("utf-8").split()))


if __name__ == "__main__":
    main()
