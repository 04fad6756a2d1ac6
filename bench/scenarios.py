"""What one run measures: each scenario starts fresh servers, measures, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from bench.callback_sink import CallbackSink
from bench.contestants import Contestant, meter, ours, peer
from bench.enrollments import EnrollingPhone, burst, enrollment_story, open_phones
from bench.http_client import connect
from bench.load import Measured, measure
from bench.logins import login_story, open_lanes, paced_login_story
from bench.our_server import OurServer, server_running
from bench.pictures import picture_story
from bench.throwaway_postgres import Postgres

BURST = 200
ENROLLING = 16
PACED_LANES = 16
PACED_SHARE = 0.4  # of what the server can do: far from full, so that the pictures are what is seen


@dataclass(frozen=True)
class Plan:
    """How long, how wide and where."""

    folder: Path
    server_core: int
    client_core: int
    seconds: float = 4.0
    warm_up_s: float = 1.0
    first_s: float = 6.0  # a fresh server compiles and fills its caches before it is measured at all
    rounds: int = 3
    concurrent: tuple[int, ...] = (1, 16, 64)
    pause_s: float = 4.0
    say: Callable[[str], None] = print


@dataclass
class Results:
    """Everything a run has shown."""

    measured: list[Measured] = field(default_factory=list)
    facts: dict[str, dict[str, float | str]] = field(default_factory=dict)

    def find(self, name: str, concurrent: int) -> Measured | None:
        """Return one result, or None when it was not measured."""
        return next((one for one in self.measured if (one.name, one.concurrent) == (name, concurrent)), None)


def _tell(plan: Plan, one: Measured) -> None:
    whole = one.percentiles_ms.get("whole")
    times = f"  p50 {whole['p50']:.1f}  p99 {whole['p99']:.1f} ms" if whole else ""
    cpu = "".join(f"  {who} {share:.0%}" for who, share in one.cpu_share.items())
    failed = f"  {one.failures} FAILED: {one.first_failure}" if one.failures else ""
    plan.say(f"  {one.name}, {one.concurrent} concurrent: {one.rate:.0f}/s{times}{cpu}{failed}")


def _middle(runs: list[Measured]) -> Measured:
    """Return the run with the median rate; it carries the slowest and the fastest rate, and all failures."""
    ordered = sorted(runs, key=lambda one: one.rate)
    spread = {"slowest": ordered[0].rate, "fastest": ordered[-1].rate}
    chosen = ordered[len(ordered) // 2]
    return replace(chosen, failures=sum(one.failures for one in runs), extra={**chosen.extra, **spread})


async def logins(plan: Plan, results: Results, parts: list[str], postgres: Postgres | None) -> None:
    """Measure the peer's cycles and our logins in turns, so that what else the machine does meets both."""
    async with contextlib.AsyncExitStack() as stack:
        contestants = []
        if "peer" in parts:
            contestants.append(await stack.enter_async_context(peer(plan.folder, plan.server_core, postgres)))
        if "ours" in parts:
            running = ours(plan.folder, plan.server_core, postgres, max(plan.concurrent))
            contestants.append(await stack.enter_async_context(running))
        await _in_turns(plan, results, contestants)


async def chaining(plan: Plan, results: Results, postgres: Postgres | None) -> None:
    """Measure our logins with the audit trail being chained and without, in turns."""
    most = max(plan.concurrent)
    async with (
        ours(plan.folder, plan.server_core, postgres, most) as chained,
        ours(plan.folder, plan.server_core, postgres, most, chained=False) as unchained,
    ):
        await _in_turns(plan, results, [chained, unchained])


async def _in_turns(plan: Plan, results: Results, contestants: list[Contestant]) -> None:
    for contestant in contestants:
        await contestant.run(16, 0.0, plan.first_s)
    for count in plan.concurrent:
        runs: list[list[Measured]] = [[] for _ in contestants]
        for _ in range(plan.rounds):
            for contestant, found in zip(contestants, runs, strict=True):
                found.append(await contestant.run(count, plan.seconds, plan.warm_up_s))
                _tell(plan, found[-1])
        results.measured += [_middle(found) for found in runs]


async def enrollments(plan: Plan, results: Results) -> None:
    """Measure enrolments with the shared key and with unique keys, in turns: the sustained rate, then bursts."""
    uri = "http://127.0.0.1:9/unused"
    shared_folder, unique_folder = plan.folder / "enrol-shared", plan.folder / "enrol-unique"
    with (
        server_running(shared_folder, "", core=plan.server_core, callback_uri=uri) as shared,
        server_running(unique_folder, "", core=plan.server_core, callback_uri=uri, unique_keys=True) as unique,
    ):
        servers = {"shared key": shared, "unique keys": unique}
        await _sustained(plan, results, servers)
        await _bursts(plan, results, servers)


async def _sustained(plan: Plan, results: Results, servers: dict[str, OurServer]) -> None:
    phones = {kind: await open_phones(server, ENROLLING, "sustained") for kind, server in servers.items()}
    runs: dict[str, list[Measured]] = {kind: [] for kind in servers}
    for _ in range(plan.rounds):
        for kind, server in servers.items():
            for phone in phones[kind]:
                phone.prepare(int((plan.seconds + plan.warm_up_s) * 1000 / ENROLLING))
            stories = [enrollment_story(phone) for phone in phones[kind]]
            name, cpu = f"enrolments, {kind}", meter(server.pid)
            one = await measure(name, stories, seconds=plan.seconds, warm_up_s=plan.warm_up_s, cpu=cpu)
            _tell(plan, one)
            runs[kind].append(one)
    results.measured += [_middle(found) for found in runs.values()]


async def _bursts(plan: Plan, results: Results, servers: dict[str, OurServer]) -> None:
    phones: dict[str, list[EnrollingPhone]] = {
        kind: await open_phones(server, BURST, "burst") for kind, server in servers.items()
    }
    rates: dict[str, list[float]] = {kind: [] for kind in servers}
    for turn in range(plan.rounds + 1):  # the first one warms up
        for kind in servers:
            for phone in phones[kind]:
                phone.prepare(1)
            await asyncio.sleep(plan.pause_s)
            rates[kind].append(await burst(phones[kind]))
            plan.say(f"  burst of {BURST}, {kind}: {rates[kind][-1]:.0f}/s{'' if turn else '  (warming up)'}")
    for kind, found in rates.items():
        name, seconds = f"burst of {BURST}, {kind}", BURST / median(found[1:])
        results.measured.append(Measured(name, BURST, BURST, seconds, {}, {}))


async def pictures(plan: Plan, results: Results) -> None:
    """Measure paced logins alone, then beside somebody who fetches QR pictures without a pause."""
    sink = CallbackSink()
    await sink.open()
    with server_running(plan.folder / "pictures", "", core=plan.server_core, callback_uri=sink.uri) as server:
        lanes = await open_lanes(server, sink, PACED_LANES)
        browser = await connect(server.port)
        full = await measure("", [login_story(lane) for lane in lanes], seconds=2, warm_up_s=2, cpu=meter(server.pid))
        every = PACED_LANES / (PACED_SHARE * full.rate)
        for name, beside in (("paced logins alone", False), ("paced logins beside pictures", True)):
            stories = [paced_login_story(lane, every, every * at / PACED_LANES) for at, lane in enumerate(lanes)]
            if beside:
                stories.append(picture_story(browser, server.credentials, sink))
            seconds, cpu = plan.seconds * 2, meter(server.pid)  # twice: a p99 wants a thousand logins
            one = await measure(name, stories, seconds=seconds, warm_up_s=plan.warm_up_s, cpu=cpu)
            results.measured.append(replace(one, concurrent=PACED_LANES))
            _tell(plan, results.measured[-1])
    sink.close()
