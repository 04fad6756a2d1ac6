"""The command: `python -m bench`."""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import uvloop

from bench import machine, peer_server, report
from bench.processes import CannotMeasure, two_cores
from bench.scenarios import Plan, Results, chaining, enrollments, logins, pictures
from bench.throwaway_postgres import Postgres, throwaway_postgres
from bench.two_nodes import two_nodes
from bench.waiters import waiters

PARTS = ("peer", "ours", "chaining", "enrolments", "pictures", "nodes", "waiters")
ENGINES = ("sqlite", "postgresql")
QUICK = {"seconds": 2.5, "warm_up_s": 0.5, "first_s": 3.0, "rounds": 1, "pause_s": 2.0}

DESCRIPTION = """\
Measures whole logins per second on one core of this machine, beside a peer (node oidc-provider's CIBA cycle on durable
storage) in the same run; what chaining the audit trail costs; then enrolments, and logins beside QR pictures. The
server has the first core; this driver, with portal, phones and callback page, has the second; PostgreSQL may use both.
All storage is durable. Everything runs on this machine's loopback, on throwaway databases, and is gone afterwards. What
it means: docs/performance.md."""

EPILOG = """\
examples:
  python -m bench --quick                              about a minute
  python -m bench --json bench.json                    everything, about five minutes
  nice -n -15 python -m bench --quick                  the same on a machine that others use too (root)
  python -m bench --quick --only peer ours --engine sqlite
  python -m bench --only ours --engine sqlite --concurrent 64 --seconds 30     something to profile"""


def _parser() -> argparse.ArgumentParser:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m bench", None, DESCRIPTION, EPILOG, formatter_class=formatter)
    parser.add_argument("--quick", action="store_true", help="shorter measurements: about a minute in all")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="leave the other parts out")
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES, help="leave the other engine out")
    parser.add_argument("--concurrent", nargs="+", type=int, default=(1, 16, 64), help="logins under way at a time")
    parser.add_argument("--waiters", type=int, help="browsers that wait at a time: 10000, or 1000 with --quick")
    parser.add_argument("--seconds", type=float, help="length of each measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything to this file too")
    parser.add_argument("--folder", type=Path, help="where the databases are made: the disk that is measured")
    parser.add_argument("--check", action="store_true", help="exit 1 when a ratio or a login failed")
    return parser


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _databases(engines: list[str], folder: Path, cores: str) -> Iterator[list[Postgres | None]]:
    """Yield one entry per engine: None stands for SQLite, which needs no server."""
    with contextlib.ExitStack() as stack:
        found: list[Postgres | None] = [None] if "sqlite" in engines else []
        if "postgresql" in engines:
            found.append(stack.enter_context(throwaway_postgres(folder / "postgresql", cores)))
        yield found


def _plan(options: argparse.Namespace, folder: Path, cores: tuple[int, int]) -> Plan:
    chosen: dict[str, Any] = {**QUICK} if options.quick else {}
    if options.seconds:
        chosen["seconds"] = options.seconds
    return Plan(folder, *cores, concurrent=tuple(options.concurrent), say=_say, **chosen)


def _measure(options: argparse.Namespace, plan: Plan, cores: str, results: Results) -> None:
    """Run the chosen parts one after the other."""
    parts = options.only
    with _databases(options.engine, plan.folder, cores) as databases:
        for postgres in databases:
            if {"peer", "ours"} & set(parts):
                _say("Logins, PostgreSQL" if postgres else "Logins, SQLite")
                uvloop.run(logins(plan, results, parts, postgres))
            if "chaining" in parts:
                _say(f"Logins with the audit chain and without, {'PostgreSQL' if postgres else 'SQLite'}")
                uvloop.run(chaining(plan, results, postgres))
            if postgres and "nodes" in parts:
                _say("Two nodes")
                uvloop.run(two_nodes(plan, results, postgres))
    if "enrolments" in parts:
        _say("Enrolments")
        uvloop.run(enrollments(plan, results))
    if "pictures" in parts:
        _say("QR pictures")
        uvloop.run(pictures(plan, results))
    if "waiters" in parts:
        _say("Waiting browsers")
        uvloop.run(waiters(plan, results, options.waiters or (1_000 if options.quick else 10_000)))


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _finish(options: argparse.Namespace, results: Results, facts: dict[str, Any]) -> int:
    print("\n" + "\n".join(f"{name}: {value}" for name, value in facts.items()))
    print("\n" + report.as_text(results))
    if options.json:
        options.json.write_text(json.dumps(report.as_json(results, facts), indent=2) + "\n")
    failed = any(one.failures for one in results.measured)
    missed = any(not one.reached for one in report.targets(results))
    missed |= any("NO" in facts.values() for facts in results.facts.values())
    return int(options.check and (failed or missed))


def main() -> int:
    """Measure, print the tables, return the exit code."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, _end)
    began = time.monotonic()
    results = Results()
    try:
        server_core, client_core = two_cores()
        if "peer" in options.only:
            _say("Installing the peer, if it is not there yet (compiles for a minute or two)")
            peer_server.install()
        os.sched_setaffinity(0, {client_core})
        gc.freeze()
        with tempfile.TemporaryDirectory(prefix="token-server-bench-", dir=options.folder) as name:
            folder = Path(name)
            folder.chmod(0o755)  # PostgreSQL runs as another user
            facts = machine.describe(folder)
            _measure(
                options, _plan(options, folder, (server_core, client_core)), f"{server_core},{client_core}", results
            )
    except* CannotMeasure as problems:
        _say(f"bench: {problems.exceptions[0]}")
        sys.exit(2)
    except* KeyboardInterrupt:
        _say("bench: interrupted")
        sys.exit(130)
    return _finish(options, results, {**facts, "minutes": round((time.monotonic() - began) / 60, 1)})


if __name__ == "__main__":
    sys.exit(main())
